#include "known_resources.hpp"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "confined.hpp"
#include "davit/core/utf8.hpp"
#include "file_time.hpp"
#include "property_codec.hpp"
#include "witness.hpp"

namespace davit::fs {
namespace {

using Identity = KnownResource::Identity;

constexpr std::int64_t second = 1'000'000'000;
/// The kernel's ctime clock ticks at least every 10 ms. A ctime without fractions shows a file system with whole
/// seconds.
std::int64_t coarsest_clock(std::int64_t changed) {
    return changed % second == 0 ? 2 * second : second / 20;
}

bool look(int folder, const char* name, int flags, Identity& into) {
    constexpr unsigned mask = STATX_BASIC_STATS;
    struct statx status{};
    if (::statx(folder, name, flags | AT_STATX_SYNC_AS_STAT | AT_NO_AUTOMOUNT, mask, &status) != 0) return false;
    into = {.device = makedev(status.stx_dev_major, status.stx_dev_minor),
            .inode = status.stx_ino,
            .size = status.stx_size,
            .modified = nanoseconds(status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec),
            .changed = nanoseconds(status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec),
            .mode = status.stx_mode};
    return true;
}

bool is_one_of(int fd, std::span<const std::uint32_t> magics) {
    struct statfs status{};
    if (::fstatfs(fd, &status) != 0) return false;
    return std::ranges::find(magics, static_cast<std::uint32_t>(status.f_type)) != magics.end();
}

/// True when the path contains no symbolic link.
bool has_plain_way(int root, const std::string& path) {
    if (path.find('/') == std::string::npos) return true;
    return open_beneath(root, path, O_PATH | O_NOFOLLOW).has_value();
}

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

KnownResource::KnownResource(Identity identity, const store::ResourceInfo& info, PropertySet properties,
                             std::optional<std::string> bytes, bool may_send_pages)
    : identity_(identity),
      info_(info),
      properties_(std::move(properties)),
      for_get_(sent_with_get(properties_)),
      bytes_(std::move(bytes)),
      may_send_pages_(may_send_pages),
      utf8_(bytes_ && is_utf8_start(std::string_view(*bytes_).substr(0, store::utf8_window),
                                    bytes_->size() > store::utf8_window)) {}

Result<std::size_t> KnownResource::read(std::uint64_t offset, std::span<std::byte> into, store::Waiting) const {
    if (!bytes_ || offset >= bytes_->size()) return std::size_t{0};
    const auto count = std::min<std::size_t>(into.size(), bytes_->size() - static_cast<std::size_t>(offset));
    std::memcpy(into.data(), bytes_->data() + offset, count);
    return count;
}

bool KnownResource::is_way_due() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (way_checked_.load(std::memory_order_relaxed) == now.tv_sec) return false;
    way_checked_.store(now.tv_sec, std::memory_order_relaxed);
    return true;
}

KnownResources::KnownResources(int root, std::size_t most)
    : root_(root), most_(is_trusted(root) ? most / shard_count : 0), number_(next_number()), told_(is_told(root)) {}

KnownResources::Known KnownResources::find(const ResourcePath& path, store::Waiting waiting) {
    if (most_ == 0 || path.is_root()) return nullptr;
    if (!told_ || waiting == store::Waiting::allowed) return find_kept(path);
    auto& witness = Witness::of_thread();
    if (auto known = witness.find(number_, path.str())) return known;
    auto known = find_kept(path);
    if (known) witness.found(number_, root_, path.str(), known);
    return known;
}

bool KnownResources::is_still(int root, const std::string& path, const KnownResource& known) {
    Identity now;
    return look(root, path.c_str(), AT_SYMLINK_NOFOLLOW, now) && now == known.identity() &&
           (!known.is_way_due() || has_plain_way(root, path));
}

KnownResources::Known KnownResources::find_kept(const ResourcePath& path) {
    const auto& name = path.str();
    auto& shard = shard_of(std::hash<std::string_view>{}(name));
    Known known;
    {
        const std::lock_guard guard(shard.mutex);
        const auto found = shard.by_path.find(name);
        if (found == shard.by_path.end()) return nullptr;
        found->second->used = true;
        known = found->second->known;
    }
    if (is_still(root_, name, *known)) return known;
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.by_path.find(name);
    if (found != shard.by_path.end() && found->second->known == known) erase(shard, found->second);
    return nullptr;
}

bool KnownResources::worth_keeping(const ResourcePath& path) {
    if (most_ == 0 || path.is_root()) return false;
    const auto hash = std::hash<std::string_view>{}(path.str());
    auto& shard = shard_of(hash);
    const std::lock_guard guard(shard.mutex);
    auto& slot = shard.asked[(hash >> 8) % shard.asked.size()];
    return std::exchange(slot, static_cast<std::uint32_t>(hash >> 20)) == static_cast<std::uint32_t>(hash >> 20);
}

void KnownResources::keep(const ResourcePath& path, Known known) {
    if (known->weight() > most_) return;
    auto& shard = shard_of(std::hash<std::string_view>{}(path.str()));
    const std::lock_guard guard(shard.mutex);
    if (const auto found = shard.by_path.find(path.str()); found != shard.by_path.end()) erase(shard, found->second);
    shard.weight += known->weight();
    shard.entries.push_back({path.str(), std::move(known), false});
    shard.by_path.emplace(shard.entries.back().path, std::prev(shard.entries.end()));
    make_room(shard);
}

void KnownResources::erase(Shard& shard, std::list<Entry>::iterator entry) {
    shard.weight -= entry->known->weight();
    shard.by_path.erase(entry->path);
    shard.entries.erase(entry);
}

void KnownResources::make_room(Shard& shard) const {
    while (shard.weight > most_) {
        const auto oldest = shard.entries.begin();
        if (std::exchange(oldest->used, false)) {
            shard.entries.splice(shard.entries.end(), shard.entries, oldest);
        } else {
            erase(shard, oldest);
        }
    }
}

bool KnownResources::is_trusted(int fd) {
    constexpr std::array<std::uint32_t, 3> others{0x794C7630 /* overlay */, 0x2FC12FC1 /* ZFS */,
                                                  0xCA451A4E /* bcachefs */};
    return is_told(fd) || is_one_of(fd, others);
}

// Not overlay: there the changed inode is another one.
bool KnownResources::is_told(int fd) {
    constexpr std::array<std::uint32_t, 5> magics{0xEF53 /* ext4 */, 0x58465342 /* XFS */, 0x9123683E /* btrfs */,
                                                  0x01021994 /* tmpfs */, 0xF2F52010 /* F2FS */};
    return is_one_of(fd, magics);
}

bool KnownResources::is_settled(std::int64_t changed) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * second + now.tv_nsec - changed >= coarsest_clock(changed);
}

std::optional<Identity> KnownResources::settled_identity(int fd) {
    Identity identity;
    if (!look(fd, "", AT_EMPTY_PATH, identity) || !is_settled(identity.changed)) return std::nullopt;
    return identity;
}

}  // namespace davit::fs

#include "diverted.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "davit/core/printable.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "file_key.hpp"
#include "state_folder.hpp"

namespace davit::fs {
namespace {

using std::chrono::seconds;

/// The minimum interval between two searches for old entries.
constexpr seconds rest_between{600};

const ResourcePath& litter() {
    static const auto path = ResourcePath().child(ResourcePath::reserved_name).child("litter");
    return path;
}

/// A path that contains a junk name: the parent of the junk, and the rest from that name on.
struct Split {
    ResourcePath parent;
    std::string_view rest;
    std::string_view first;  ///< the first name of `rest`
};
std::optional<Split> split(const NamePatterns& names, const ResourcePath& path) {
    const std::string_view text = path.str();
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('/', at), text.size());
        const auto name = text.substr(at, end - at);
        if (names.match(name)) {
            ResourcePath parent;
            if (at > 0) parent = parent.child(text.substr(0, at - 1));
            return Split{std::move(parent), text.substr(at), name};
        }
        at = end + 1;
    }
    return std::nullopt;
}

/// Identifies a directory independently of its name.
Result<std::string> identity_of(int folder) {
    const auto key = key_of(folder);
    if (!key) return std::unexpected(key.error());
    char text[64];
    (void)std::snprintf(text, sizeof text, "%llx-%llx-%llx", static_cast<unsigned long long>(key->device),
                        static_cast<unsigned long long>(key->inode), static_cast<unsigned long long>(key->born));
    return std::string(text);
}

/// True when the last change of any kind was before `oldest`. ctime, because no program can set it.
bool is_old(const EntryInfo& info, store::FileTime oldest) {
    return store::FileTime(std::chrono::nanoseconds(info.changed)) <= oldest;
}

/// Removes old entries of a directory. Of its subdirectories it removes only empty ones, because a directory's time
/// does not change when something deeper changes. Returns true when nothing old is left. Deeper levels stay, because
/// each level needs descriptors. A failure goes to `obstacle` and does not count as remaining work.
bool sweep_members(int folder, store::FileTime oldest, std::size_t& budget, Obstacle& obstacle, unsigned levels = 32) {
    if (levels == 0) return true;
    Entries entries(folder);
    const auto stopped_by = [&](const char* name) {
        if (obstacle.error == 0) obstacle = {name, errno};
    };
    if (!entries) stopped_by(".");
    bool done = true;
    while (const auto* name = entries ? entries.next() : nullptr) {
        const auto info =
            entry_info(folder, name);  // read before its members are removed, which would make the directory young
        if (!info) continue;
        if (info->info.collection) {
            const UniqueFd inner(::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!inner)
                stopped_by(name);
            else if (!sweep_members(inner.get(), oldest, budget, obstacle, levels - 1))
                done = false;
        }
        if (budget == 0) return false;
        if (!is_old(*info, oldest)) continue;
        --budget;
        if (::unlinkat(folder, name, info->info.collection ? AT_REMOVEDIR : 0) != 0 && errno != ENOTEMPTY &&
            errno != EEXIST && errno != ENOENT)
            stopped_by(name);
    }
    return done;
}

}  // namespace

void Diverted::begin(int root, int folder, NamePatterns names, seconds keep, const store::Clock& clock,
                     BackgroundWarnings& warnings) {
    root_ = root;
    folder_ = folder;
    names_ = folder >= 0 ? std::move(names) : NamePatterns();
    keep_ = keep;
    clock_ = &clock;
    warnings_ = &warnings;
}

Result<ResourcePath> Diverted::place_of(const ResourcePath& path, store::Waiting waiting) const {
    const auto parts = split(names_, path);
    if (!parts) return path;
    const auto ordinary = parts->parent.child(parts->first);
    const auto there = open_beneath(root_, ordinary.str(), O_PATH | O_NOFOLLOW, waiting);
    if (there) return path;
    if (there.error().code != FailureCode::not_found) return std::unexpected(there.error());
    const auto parent = open_beneath(root_, parts->parent.str(), O_PATH | O_DIRECTORY, waiting);
    if (!parent && parent.error().code == FailureCode::not_found) return path;
    if (!parent) return std::unexpected(parent.error());
    const auto identity = identity_of(parent->get());
    if (!identity) return std::unexpected(identity.error());
    return litter().child(*identity).child(parts->rest);
}

Result<ResourcePath> Diverted::place_for(const ResourcePath& path) const {
    auto place = place_of(path, store::Waiting::allowed);
    if (!place || *place == path) return place;
    const auto rest = std::string_view(place->str()).substr(litter().str().size() + 1);
    const std::string parent(rest.substr(0, rest.find('/')));
    if (::mkdirat(folder_, parent.c_str(), 0700) == 0) return place;
    if (errno != EEXIST) return system_error("mkdirat");
    // Sets a new time, so that the sweep does not remove the directory now.
    (void)::utimensat(folder_, parent.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
    return place;
}

Result<ResourcePath> Diverted::place_of_ordinary(const ResourcePath& path) const {
    if (!split(names_, path)) return path;
    const auto folder = path.parent();
    const auto place = place_of(folder, store::Waiting::allowed);
    if (!place) return place;
    return *place == folder ? Result<ResourcePath>(path) : place_for(path);
}

bool Diverted::is_litter(const ResourcePath& path) const {
    return names_.match(path.name());
}

ResourcePath Diverted::path_of(const ResourcePath& place, const ResourcePath& asked) {
    // The last names of PARENT/rest equal those of `asked` from its first junk name on.
    const auto names = place.depth() - litter().depth() - 1;
    auto parent = asked;
    for (std::size_t i = 0; i < names; ++i) parent = parent.parent();
    const auto rest = std::string_view(place.str()).substr(litter().str().size() + 1);
    return parent.child(rest.substr(rest.find('/') + 1));
}

/// Returns true when nothing more can be removed now.
bool Diverted::sweep_parent(const char* name, store::FileTime oldest, std::size_t& budget) const {
    const UniqueFd parent(::openat(folder_, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!parent) return true;
    Obstacle obstacle;
    const bool done = sweep_members(parent.get(), oldest, budget, obstacle);
    if (obstacle.error != 0)
        warnings_->report(std::string(".davit/litter/") + name,
                          std::string("what was diverted cannot be removed: .davit/litter/") + name + ": " +
                              printable(obstacle.path) + ": " + std::strerror(obstacle.error));
    // Read only now, because a request may have renewed the time for an entry that it is about to create.
    const auto info = entry_info(folder_, name);
    if (info && is_old(*info, oldest))
        ::unlinkat(folder_, name, AT_REMOVEDIR);  // fails while the directory has members
    return done;
}

bool Diverted::sweep(std::size_t& budget) {
    if (folder_ < 0) return true;
    const auto now = clock_->now();
    if (now < next_look_) return true;
    const auto oldest = std::chrono::time_point_cast<std::chrono::nanoseconds>(now - keep_);
    Entries entries(folder_);
    if (!entries) return true;
    bool done = true;
    while (const auto* entry = entries.next()) {
        if (!sweep_parent(entry, oldest, budget)) done = false;
        if (budget == 0) return false;
    }
    next_look_ = now + std::min(rest_between, std::max(keep_ / 10, seconds(1)));
    return done;
}

bool is_own_place(const ResourcePath& path) {
    const std::string_view text = path.str();
    return text.starts_with(ResourcePath::reserved_name) && text.substr(ResourcePath::reserved_name.size(), 1) == "/";
}

}  // namespace davit::fs

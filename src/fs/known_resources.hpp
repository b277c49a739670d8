#pragma once
// A cache of recently read resources: small contents and property sets, valid as long as nothing changes.
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "davit/store/resource_store.hpp"

namespace davit::fs {

/// One resource as it was read. Holds the bytes of files up to KnownResources::largest.
class KnownResource final : public store::Content {
public:
    struct Identity {  ///< changes with content, properties, mode or name
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
        std::uint32_t mode = 0;
        friend bool operator==(const Identity&, const Identity&) = default;
    };

    KnownResource(Identity identity, const store::ResourceInfo& info, PropertySet properties,
                  std::optional<std::string> bytes, bool may_send_pages = true);

    const Identity& identity() const { return identity_; }
    /// True at most once a second: the caller then checks the path for links. Thread-safe.
    bool is_way_due() const;
    const PropertySet& property_set() const { return properties_; }
    std::size_t weight() const { return sizeof *this + (bytes_ ? bytes_->capacity() : 0); }

    const store::ResourceInfo& info() const override { return info_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into, store::Waiting) const override;
    int native_handle() const override { return -1; }
    bool may_send_pages() const override { return may_send_pages_; }
    const std::string* in_memory() const override { return bytes_ ? &*bytes_ : nullptr; }
    Result<PropertySet> properties() const override { return for_get_; }
    Result<bool> begins_as_utf8(store::Waiting) const override { return utf8_; }

private:
    Identity identity_;
    store::ResourceInfo info_;
    PropertySet properties_;
    PropertySet for_get_;  ///< the few that a GET sends: mostly none
    std::optional<std::string> bytes_;
    bool may_send_pages_;                                ///< a proxy may send the file instead of the server
    mutable std::atomic<std::int64_t> way_checked_{-1};  ///< a second of CLOCK_MONOTONIC
    bool utf8_;                                          ///< whether the first bytes are UTF-8
};

/// Thread-safe, bounded in bytes. find() returns an entry only after statx(2) has shown that the name still leads to
/// the same inode with the same ctime, which every change of content, attributes or name changes. A recently changed
/// inode is not cached, because its next change could get the same ctime. Only for local file systems with a reliable
/// ctime. Names with symbolic links in their path are not cached (docs/architecture.md).
class KnownResources {
public:
    static constexpr std::size_t largest = 64 * 1024;  ///< the maximum bytes of a cached content

    using Known = std::shared_ptr<const KnownResource>;

    /// Borrows `root`. `most`: the maximum bytes in total; 0 disables the cache.
    KnownResources(int root, std::size_t most);

    /// True for a file system that only this machine uses and on which every change changes ctime.
    static bool is_trusted(int fd);
    /// True when every change goes through this kernel, by the very inode that a watch is on.
    static bool is_told(int fd);
    bool keeps() const { return most_ > 0; }
    /// The current resource, or null. Blocks at most for one look-up of the name. For files that a non-blocking thread
    /// (`waiting` refused) requests repeatedly it needs no system call, because it watches them (fs/witness.hpp).
    Known find(const ResourcePath& path, store::Waiting waiting);
    /// True when the name below `root` still leads to the same unchanged file. statx(2) follows links to directories,
    /// so once a second this also checks whether a directory in the path has become a link.
    static bool is_still(int root, const std::string& path, const KnownResource& known);
    /// Records a miss for `path`. Returns true at the second miss: then caching is worthwhile.
    bool worth_keeping(const ResourcePath& path);
    /// Stores what was just read from `path` while its identity stayed the same.
    void keep(const ResourcePath& path, Known known);

    /// True when a ctime is old enough for the next change to get another.
    static bool is_settled(std::int64_t changed);
    /// The identity of an open file; nothing when its next change might not change it.
    static std::optional<KnownResource::Identity> settled_identity(int fd);

private:
    struct Entry {
        std::string path;
        Known known;
        bool used = false;  ///< since the last eviction scan (second chance)
    };
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;  ///< oldest first
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_path;
        std::size_t weight = 0;
        std::array<std::uint32_t, 512> asked{};  ///< hashes of paths that were requested once
    };
    Shard& shard_of(std::size_t hash) { return shards_[hash % shards_.size()]; }
    static void erase(Shard& shard, std::list<Entry>::iterator entry);
    void make_room(Shard& shard) const;

    static constexpr std::size_t shard_count = 16;

    Known find_kept(const ResourcePath& path);

    int root_;
    std::size_t most_;      ///< for each shard
    std::uint64_t number_;  ///< unique for each cache
    bool told_;             ///< the kernel reports all changes here
    std::array<Shard, shard_count> shards_;
};

}  // namespace davit::fs

#pragma once
// What was learnt of resources not long ago: small contents, property sets. Good for as long as nothing has changed.
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

/// One resource as it was found. The bytes are there for files up to KnownResources::largest.
class KnownResource final : public store::Content {
public:
    struct Identity {  ///< what any change to content, properties, mode or name alters
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
        std::uint32_t mode = 0;
        friend bool operator==(const Identity&, const Identity&) = default;
    };

    KnownResource(Identity identity, const store::ResourceInfo& info, PropertySet properties,
                  std::optional<std::string> bytes, bool may_send_pages = true);

    const Identity& identity() const { return identity_; }
    /// True at most once a second: the caller then looks for links on the way to it. Thread-safe.
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
    PropertySet for_get_;  ///< the few of them that a GET sends: mostly none
    std::optional<std::string> bytes_;
    bool may_send_pages_;                                ///< a proxy may send the file in the server's place
    mutable std::atomic<std::int64_t> way_checked_{-1};  ///< a second of CLOCK_MONOTONIC
    bool utf8_;                                          ///< as the bytes begin
};

/// Thread-safe, bounded in bytes. An entry is only ever used after statx(2) has said that the name still leads to the
/// same inode with the same ctime, which every change of content, attributes or name moves on. An inode that has
/// changed a moment ago is not kept, since the clock's tick could give its next change the same ctime. Only on local
/// file systems whose ctime can be trusted; names that lead through symbolic links are not kept (docs/architecture.md).
class KnownResources {
public:
    static constexpr std::size_t largest = 64 * 1024;  ///< bytes of a content worth keeping

    using Known = std::shared_ptr<const KnownResource>;

    /// `root` is borrowed. `most`: bytes in all; 0 keeps nothing.
    KnownResources(int root, std::size_t most);

    /// A file system of this machine alone, whose every change moves ctime on?
    static bool is_trusted(int fd);
    /// One whose every change goes through this kernel by the very inode a watch is on?
    static bool is_told(int fd);
    bool keeps() const { return most_ > 0; }
    /// The resource as it is now, or null. Waits for nothing but a look at the name, and does without that for files a
    /// thread that never waits (`waiting` refused) asks for again and again: those it watches (fs/witness.hpp).
    Known find(const ResourcePath& path, store::Waiting waiting);
    /// Does the name below `root` still lead to the same, unchanged? statx(2) follows links to folders, so this also
    /// looks once a second whether a folder on the way has become a link.
    static bool is_still(int root, const std::string& path, const KnownResource& known);
    /// Somebody asked for `path` and it was not known: worth keeping when it is asked for a second time.
    bool worth_keeping(const ResourcePath& path);
    /// What has just been read from `path` while its identity stayed the same.
    void keep(const ResourcePath& path, Known known);

    /// Is a ctime old enough for the next change to get another?
    static bool is_settled(std::int64_t changed);
    /// What statx says of an open file; nothing when it cannot be trusted to change with the next change.
    static std::optional<KnownResource::Identity> settled_identity(int fd);

private:
    struct Entry {
        std::string path;
        Known known;
        bool used = false;  ///< since it was last looked at for eviction (second chance)
    };
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;  ///< oldest first
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_path;
        std::size_t weight = 0;
        std::array<std::uint32_t, 512> asked{};  ///< hashes of paths asked for once
    };
    Shard& shard_of(std::size_t hash) { return shards_[hash % shards_.size()]; }
    static void erase(Shard& shard, std::list<Entry>::iterator entry);
    void make_room(Shard& shard) const;

    static constexpr std::size_t shard_count = 16;

    Known find_kept(const ResourcePath& path);

    int root_;
    std::size_t most_;      ///< a shard
    std::uint64_t number_;  ///< no other has had it
    bool told_;             ///< the kernel tells of all changes here
    std::array<Shard, shard_count> shards_;
};

}  // namespace davit::fs

#pragma once
// Intents: facts that the one crash-proof step of a change cannot express, stored in the state database until the
// change is over.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::fs {

class Database;
struct Place;
struct Volume;

class Journal {
public:
    explicit Journal(Database& database) : database_(database) {}

    /// A MOVE is about to hide its source, `mover`, under hidden_name(`number`) in its own directory, and to exchange
    /// it with `replaced` at `to`. After a crash, recover() makes the exchange and removes what was replaced. If that
    /// is impossible, it returns the source to `from`.
    Result<std::int64_t> will_exchange(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                       const store::ResourceInfo& mover, const store::ResourceInfo& replaced);
    /// For file systems that cannot exchange names: what is at `path` is about to be hidden, to be replaced. After a
    /// crash recover() restores it, unless its replacement has arrived.
    Result<std::int64_t> will_set_aside(const ResourcePath& path, std::int64_t number);
    /// A MOVE has built `copy` and is about to hide its source, then to bring the copy to `to`. After a crash recover()
    /// removes the source if the copy is there; otherwise it restores the source.
    Result<std::int64_t> will_replace_source(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                             const store::ResourceInfo& copy);
    /// Something is about to be built or put away under hidden_name(`number`) in `folder`. After a crash recover()
    /// removes it.
    Result<std::int64_t> will_stage(const ResourcePath& folder, std::int64_t number);
    /// A PROPPATCH is about to change time or mode together with properties. After a crash recover() restores the old
    /// ones, unless the set with this digest is there.
    struct Clock {
        std::uint64_t inode;
        std::uint32_t mode;
        std::int64_t modified;  ///< nanoseconds since 1970
        std::uint32_t digest;
    };
    Result<std::int64_t> will_change(const ResourcePath& path, const Clock& before);
    /// The resource at `path` is about to be replaced. If it is missing after a crash, recover() removes the locks
    /// below it.
    Result<std::int64_t> will_replace(const ResourcePath& path, const store::ResourceInfo& there);
    /// The change is over, successful or not. Cannot fail: a leftover row would be acted on after the next start.
    void done(std::int64_t intent);
    /// The change ended halfway and could not be undone. The next start undoes it, unless supersede() is called before.
    void left_halfway(std::uint64_t inode, std::int64_t intent);
    /// The current state is intended.
    void supersede(std::uint64_t inode);

    /// Completes or undoes what a crash interrupted. Call it once, before the server accepts requests.
    void recover(Volume& volume);
    /// Entries that recover() found under construction and leaves to remove_staged(), because they can be large.
    std::vector<ResourcePath> staged() const;
    /// Removes at most `budget` of these entries. Returns true when no removable entry is left. One thread calls it.
    bool remove_staged(const Volume& volume, std::size_t& budget);

private:
    struct Row {
        std::int64_t id = 0;
        std::int64_t kind = 0;
        std::string path;
        std::uint64_t inode = 0;
        std::int64_t mode = 0;
        std::int64_t modified = 0;
        std::uint32_t digest = 0;

        bool is_of(const store::ResourceInfo& info) const {
            return info.identity == inode && info.created.time_since_epoch().count() == modified;
        }
    };
    struct Staged {
        ResourcePath folder;
        std::string name;
        std::optional<std::int64_t> intent{};
        bool failed = false;
    };

    Result<std::int64_t> add(const Row& row);
    std::vector<Row> rows();
    /// Returns true when the row is no longer needed.
    bool recover_row(Volume& volume, const Row& row);
    bool finish_hiding(Volume& volume, const Row& row);
    /// True when the hidden entry must be removed, as `info`. Otherwise it is restored.
    bool goes_away(Volume& volume, const Row& row, const Place& hidden, store::ResourceInfo& info);
    void take_hidden(Volume& volume, const ResourcePath& path, const std::string& name,
                     const store::ResourceInfo& info);
    void finish_replacement(Volume& volume, const ResourcePath& path, const Clock& values);

    Database& database_;
    std::mutex mutex_;
    std::multimap<std::uint64_t, std::int64_t> halfway_;  ///< intents by inode
    std::vector<Staged> staged_;
};

}  // namespace davit::fs

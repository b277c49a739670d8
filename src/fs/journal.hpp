#pragma once
// Intents: what the one crash-proof step of a change cannot say by itself, kept in the state database until it is over.
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

    /// A MOVE is about to hide its source, `mover`, under hidden_name(`number`) in its own folder, and to exchange that
    /// for `replaced`, at `to`. After a crash the exchange is made and what was replaced goes away; where that is not
    /// possible the source comes back to `from`.
    Result<std::int64_t> will_exchange(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                       const store::ResourceInfo& mover, const store::ResourceInfo& replaced);
    /// Where names cannot be exchanged, what is at `path` is about to be hidden likewise, to be replaced. After a crash
    /// it comes back, unless what replaces it has come.
    Result<std::int64_t> will_set_aside(const ResourcePath& path, std::int64_t number);
    /// A MOVE has made `copy` aside and is about to hide its source likewise, then to bring the copy to `to`. After a
    /// crash the source goes away if the copy is there; otherwise it comes back.
    Result<std::int64_t> will_replace_source(const ResourcePath& from, const ResourcePath& to, std::int64_t number,
                                             const store::ResourceInfo& copy);
    /// Something is about to be made or put away under hidden_name(`number`) in `folder`: after a crash it goes away.
    Result<std::int64_t> will_stage(const ResourcePath& folder, std::int64_t number);
    /// A PROPPATCH is about to change clock or mode together with properties: after a crash the old ones come back,
    /// unless the set with this digest is there.
    struct Clock {
        std::uint64_t inode;
        std::uint32_t mode;
        std::int64_t modified;  ///< nanoseconds since 1970
        std::uint32_t digest;
    };
    Result<std::int64_t> will_change(const ResourcePath& path, const Clock& before);
    /// What stands at `path` is about to be replaced: if it is gone after a crash, so are the locks below it.
    Result<std::int64_t> will_replace(const ResourcePath& path, const store::ResourceInfo& there);
    /// It is over, well or not. Cannot fail: a row that stayed would be acted on after the next start.
    void done(std::int64_t intent);
    /// It ended halfway and could not be undone: the next start undoes it, unless supersede() comes before.
    void left_halfway(std::uint64_t inode, std::int64_t intent);
    /// What is there now is meant to be so.
    void supersede(std::uint64_t inode);

    /// Finishes or undoes what a crash interrupted. Called once, before anything is served.
    void recover(Volume& volume);
    /// What recover() found staged, and leaves to remove_staged(): it can be large.
    std::vector<ResourcePath> staged() const;
    /// Removes some of that, at most `budget` entries; true when nothing is left that can be removed. Called by one
    /// thread.
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
    /// True when the row is not needed any longer.
    bool recover_row(Volume& volume, const Row& row);
    bool finish_hiding(Volume& volume, const Row& row);
    /// Does what is hidden go away, as `info`? Otherwise it comes back.
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

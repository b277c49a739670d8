#pragma once
// Intents: what the one crash-proof step of a change cannot say by itself, kept in the state database until it is over.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "davit/core/failure.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::fs {

class Database;
struct Volume;

class Journal {
public:
    explicit Journal(Database& database) : database_(database) {}

    /// A MOVE is about to exchange two names: if `replaced` stands at `path` after a crash, it belongs into the trash.
    Result<std::int64_t> will_exchange(const ResourcePath& path, const store::ResourceInfo& replaced);
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

private:
    Result<std::int64_t> add(std::int64_t kind, const ResourcePath& path, const Clock& values);
    void finish_replacement(Volume& volume, const ResourcePath& path, const Clock& values);

    Database& database_;
    std::mutex mutex_;
    std::multimap<std::uint64_t, std::int64_t> halfway_;  ///< intents by inode
};

}  // namespace davit::fs

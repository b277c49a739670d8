#pragma once
// Intents: what the one crash-proof step of a change cannot say by itself, kept in the state database until it is over.
#include <cstdint>
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
    /// It is over, well or not.
    void done(std::int64_t intent);

    /// Finishes or undoes what a crash interrupted. Called once, before anything is served.
    void recover(Volume& volume);

private:
    Result<std::int64_t> add(std::int64_t kind, const ResourcePath& path, const Clock& values);

    Database& database_;
};

}  // namespace davit::fs

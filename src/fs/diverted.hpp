#pragma once
// Junk files (`._name`, `.DS_Store`) stored outside the directory as `.davit/litter/PARENT/name`, where PARENT
// identifies the directory they belong to. So they follow a renamed directory and never appear in another one.
#include <chrono>
#include <cstddef>

#include "background_warnings.hpp"
#include "confined.hpp"
#include "davit/core/name_patterns.hpp"
#include "davit/store/clock.hpp"

namespace davit::fs {

class Diverted {
public:
    /// Borrows `root`, `clock`, `warnings` and `folder`, which is `.davit/litter`. Without `names`, nothing new is
    /// diverted, but the sweep still removes old diverted files.
    void begin(int root, int folder, NamePatterns names, std::chrono::seconds keep, const store::Clock& clock,
               BackgroundWarnings& warnings);
    bool on() const { return !names_.empty(); }

    /// Where the resource is really stored: `path` itself, unless it contains a junk name and the directory has no such
    /// entry. A file that was there before, or that another program created, stays an ordinary resource. Fails like a
    /// look-up (would_block). A missing parent is no failure and leaves the path as it is.
    Result<ResourcePath> place_of(const ResourcePath& path, store::Waiting waiting) const;
    /// The same for a resource about to be created. Creates the directory for its parent first.
    Result<ResourcePath> place_for(const ResourcePath& path) const;
    /// The same for an ordinary resource that gets a junk name and must not be diverted, because it may be the only
    /// copy. Its place is where its name says, unless that directory is diverted itself.
    Result<ResourcePath> place_of_ordinary(const ResourcePath& path) const;
    bool is_litter(const ResourcePath& path) const;  ///< judged by its last name
    /// The path of a resource at a place, given the place's own path.
    static ResourcePath path_of(const ResourcePath& place, const ResourcePath& asked);

    /// Removes entries that were last changed more than `keep` ago. Returns true when no work is left for now.
    bool sweep(std::size_t& budget);

private:
    bool sweep_parent(const char* name, store::FileTime oldest, std::size_t& budget) const;

    int root_ = -1;
    int folder_ = -1;
    NamePatterns names_;
    std::chrono::seconds keep_{};
    const store::Clock* clock_ = nullptr;
    BackgroundWarnings* warnings_ = nullptr;  ///< for files that cannot be removed
    std::chrono::system_clock::time_point next_look_{};
};

/// True when this is the place of a diverted file, or another file of the server's own.
bool is_own_place(const ResourcePath& path);

}  // namespace davit::fs

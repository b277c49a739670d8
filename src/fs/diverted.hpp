#pragma once
// Litter (`._name`, `.DS_Store`) kept out of the folder: `.davit/litter/PARENT/name`, where PARENT is the folder it was
// meant for, by its identity. So it follows that folder when it is renamed, and nobody finds it in another.
#include <chrono>
#include <cstddef>

#include "background_warnings.hpp"
#include "confined.hpp"
#include "davit/core/name_patterns.hpp"
#include "davit/store/clock.hpp"

namespace davit::fs {

class Diverted {
public:
    /// Borrows `root`, `clock`, `warnings` and `folder`, which is `.davit/litter`. No `names`: nothing is diverted any
    /// more, but what was is swept away in its time.
    void begin(int root, int folder, NamePatterns names, std::chrono::seconds keep, const store::Clock& clock,
               BackgroundWarnings& warnings);
    bool on() const { return !names_.empty(); }

    /// Where the resource really stands: `path` itself, unless a name in it is litter and nothing of that name stands
    /// in the folder. What was there before, or came from outside, stays an ordinary resource. Failures are those of a
    /// look-up (would_block); a missing parent is none, and leaves the path as it is.
    Result<ResourcePath> place_of(const ResourcePath& path, store::Waiting waiting) const;
    /// The same for something that is about to be made there: the folder by its parent's identity is made first.
    Result<ResourcePath> place_for(const ResourcePath& path) const;
    /// The same for something ordinary that must not become litter by its new name, as it may be the only one there is:
    /// it goes where its name says, unless the folder there is diverted itself.
    Result<ResourcePath> place_of_ordinary(const ResourcePath& path) const;
    bool is_litter(const ResourcePath& path) const;  ///< by its own name
    /// The path of what stands at a place, given that place's own path.
    static ResourcePath path_of(const ResourcePath& place, const ResourcePath& asked);

    /// Removes what was last changed longer than `keep` ago, and nothing younger below; true when nothing is left to do
    /// now.
    bool sweep(std::size_t& budget);

private:
    bool sweep_parent(const char* name, store::FileTime oldest, std::size_t& budget) const;

    int root_ = -1;
    int folder_ = -1;
    NamePatterns names_;
    std::chrono::seconds keep_{};
    const store::Clock* clock_ = nullptr;
    BackgroundWarnings* warnings_ = nullptr;  ///< of what cannot be swept away
    std::chrono::system_clock::time_point next_look_{};
};

/// Is this the place of something diverted, or anything else of the server's own?
bool is_own_place(const ResourcePath& path);

}  // namespace davit::fs

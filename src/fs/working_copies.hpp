#pragma once
// Files are written in parts, and each part makes a whole new version. The version before is kept here for a while: it
// lacks only the bytes of that part, so it becomes the next version by writing them and the next part.
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "confined.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/store/clock.hpp"

namespace davit::fs {

/// Bytes of a file.
struct Span {
    std::uint64_t begin = 0;
    std::uint64_t length = 0;
};

/// Thread-safe. Kept copies stand in `.davit/parts`, bounded in number, in bytes and in time.
class WorkingCopies {
public:
    /// Borrows `state`, which is `.davit`, and `clock`. Removes what the last run left.
    void begin(int state, const store::Clock& clock);

    /// A copy that nobody else can see: no name but ours, no descriptor but this one.
    struct Copy {
        UniqueFd file;  ///< for reading and writing
        std::string name;
        std::vector<Span> missing;  ///< of the bytes of the version that stands in the folder
    };
    struct Found {
        bool of_part = false;      ///< the version that stands in the folder was made by a part
        std::optional<Copy> copy;  ///< none: somebody else has it open, or it was too large to keep
    };
    /// What there is for the version that `current` describes. It is no longer kept afterwards.
    Found take(const EntryInfo& current);

    /// `path` has been replaced by a part, and is now as `current` says. `name` in `folder`, which was replaced, lacks
    /// `missing`; it is moved here, or removed if it may not be kept. "" for none.
    void keep(const ResourcePath& path, const EntryInfo& current, int folder, const std::string& name,
              std::vector<Span> missing);

    /// `path`, and what lies below it, has been changed by something that is no part.
    void drop(const ResourcePath& path);
    /// Removes what nobody has asked for in a while.
    void drop_idle();
    int folder() const { return folder_.get(); }

private:
    struct Entry {
        ResourcePath path;
        EntryInfo current;
        std::string name;  ///< "": no copy
        EntryInfo copy;    ///< as it was when it was put here
        std::vector<Span> missing;
        std::chrono::system_clock::time_point kept{};  ///< by Clock::monotonic()
    };
    bool open_folder();
    bool may_keep(std::uint64_t bytes) const;
    void remove_file(const Entry& entry) const;
    template <typename Condition>
    void drop_if(Condition condition);

    int state_ = -1;
    const store::Clock* clock_ = nullptr;
    UniqueFd folder_;
    std::mutex mutex_;
    std::vector<Entry> entries_;  ///< oldest first
    std::atomic<std::size_t> count_{0};
};

}  // namespace davit::fs

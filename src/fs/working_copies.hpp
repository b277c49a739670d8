#pragma once
// When a client writes a file in parts, each part makes a whole new version. The previous version is kept here for a
// while. It lacks only the bytes of that part, so writing them and the next part turns it into the next version.
#include <array>
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

/// Identifies a file by device and inode.
struct FileNumber {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileNumber&) const = default;
};

/// Thread-safe. The copies are files in `.davit/parts`, bounded in number, bytes and time.
class WorkingCopies {
public:
    /// Borrows `state`, which is `.davit`, and `clock`. Removes the files of the last run.
    void begin(int state, const store::Clock& clock);

    /// While it exists, may_send_pages() is false for its files. It covers the time in which they have no entry.
    class Hold {
    public:
        explicit Hold(WorkingCopies& copies) : copies_(copies) {}
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        void add(const EntryInfo& file);

    private:
        friend class WorkingCopies;
        WorkingCopies& copies_;
        std::vector<FileNumber> files_;
    };

    /// A copy that no other program sees: only this class knows its name, and only this descriptor is open.
    struct Copy {
        UniqueFd file;  ///< for reading and writing
        std::string name;
        std::vector<Span> missing;  ///< missing bytes of the current version
    };
    struct Found {
        bool of_part = false;      ///< a part made the current version
        std::optional<Copy> copy;  ///< none: it is open elsewhere, was sent, or was too large to keep
    };
    /// Removes and returns the entry for the version that `current` describes, and adds that version to `hold`.
    Found take(const EntryInfo& current, Hold& hold);

    /// The version that a part has replaced.
    struct Replaced {
        int folder;
        std::string name;           ///< "": none
        std::vector<Span> missing;  ///< missing bytes of the version that replaced it
        bool of_part;               ///< as in Found
    };
    /// A part has replaced `path`, which now matches `current`. Moves `replaced` here. Returns false if it may not be
    /// kept, and leaves it where it is.
    bool keep(const ResourcePath& path, const EntryInfo& current, Replaced replaced);

    /// Tells whether sendfile(2) may send this file, and records that it does. The kernel keeps the pages of a sent
    /// file until the receiver has read them, and the server cannot ask for how long. So a part is never written into a
    /// file that was sent, and the caller sends a file that a part has made with read(2).
    bool may_send_pages(std::uint64_t device, std::uint64_t inode) const;

    /// A change other than a part has affected `path`, or something below it.
    void drop(const ResourcePath& path);
    /// Removes copies that no request has used for a while.
    void drop_idle();
    int folder() const { return folder_.get(); }

private:
    struct Entry {
        ResourcePath path;
        EntryInfo current;
        std::string name;  ///< "": no copy
        EntryInfo copy;    ///< its status when it was put here
        std::vector<Span> missing;
        std::chrono::system_clock::time_point kept{};  ///< by Clock::monotonic()
        bool copy_of_part = false;
    };
    static constexpr std::size_t words = 1024;
    bool was_sent(const FileNumber& file) const;
    bool open_folder();
    bool may_keep(std::uint64_t bytes) const;
    void remove_file(const Entry& entry) const;
    template <typename Condition>
    void drop_if(Condition condition);

    int state_ = -1;
    const store::Clock* clock_ = nullptr;
    UniqueFd folder_;
    mutable std::mutex mutex_;
    std::vector<Entry> entries_;  ///< oldest first
    std::vector<FileNumber> held_;
    std::atomic<std::size_t> count_{0};  ///< of `entries_` and `held_`
    /// One bit for each file that sendfile(2) has sent. Several files may share a bit.
    mutable std::array<std::atomic<std::uint64_t>, words> sent_{};
};

}  // namespace davit::fs

#pragma once
// `.davit/`: the server's own files, on the same file system as the served files so that renames work.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "davit/core/failure.hpp"
#include "unique_fd.hpp"

namespace davit::fs {

class StateFolder {
public:
    /// Creates what is missing, and takes the lock that excludes a second daemon.
    static Result<StateFolder> open(int root);

    /// For a read-only tree: creates and locks nothing. Opens the records if they exist.
    static StateFolder open_to_read(int root);

    StateFolder() = default;
    /// Opens the directory of diverted junk files. `make`: creates it when it is missing.
    Result<void> open_litter(bool make);

    bool exists() const { return static_cast<bool>(folder_); }
    /// True when no server has used it before.
    bool is_new() const { return is_new_; }
    /// True when the inode is the state directory, or a directory directly in it. It may be mounted elsewhere.
    bool is(std::uint64_t device, std::uint64_t inode) const {
        return std::ranges::find(own_, std::pair(device, inode)) != own_.end();
    }
    /// True when it is a file directly in the state directory that holds secrets. Asks the file system.
    bool has_file(std::uint64_t device, std::uint64_t inode) const;
    bool is_known() const { return !own_.empty(); }
    int folder() const { return folder_.get(); }
    int tmp() const { return tmp_.get(); }          ///< files under construction; emptied at the start
    int trash() const { return trash_.get(); }      ///< removed entries: Trash
    int records() const { return records_.get(); }  ///< property sets that are too large for an attribute
    int litter() const { return litter_.get(); }    ///< Diverted; -1 when nothing was ever diverted

private:
    void note(int fd);

    UniqueFd folder_, lock_, tmp_, trash_, records_, litter_;
    bool is_new_ = false;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> own_;  ///< device and inode of each of these folders
};

/// A unique name: 128 random bits in hexadecimal.
std::string unique_name();

/// The first entry that could not be removed, and why.
struct Obstacle {
    std::string path;  ///< relative to the directory that contained the tree
    int error = 0;     ///< errno; 0: there is no obstacle
};
struct RemovalReport {
    bool gone = false;
    std::size_t removed = 0;  ///< entries
    Obstacle obstacle{};
};

/// Removes an entry of `folder` and everything below it, at most `budget` entries. Never enters a mount: EXDEV.
RemovalReport remove_tree_reported(int folder, const char* name, std::size_t& budget);
/// The same; returns true when it is gone.
bool remove_tree(int folder, const char* name, std::size_t& budget);
/// Removes all entries of an open directory.
bool empty_folder(int folder, std::size_t& budget);

}  // namespace davit::fs

#pragma once
// `.davit/`: what the server keeps beside the files it serves, on the same file system so that renames work.
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
    /// Creates what is missing, takes the lock against a second daemon.
    static Result<StateFolder> open(int root);

    /// For a tree that is only read: nothing is made and nothing locked; the records, where there are any.
    static StateFolder open_to_read(int root);

    StateFolder() = default;
    /// Litter that is kept out of the folder; `make`: where there is none yet.
    Result<void> open_litter(bool make);

    bool exists() const { return static_cast<bool>(folder_); }
    /// No server has used it before.
    bool is_new() const { return is_new_; }
    /// Is this inode the state folder, or one of those directly in it? It may be mounted elsewhere.
    bool is(std::uint64_t device, std::uint64_t inode) const {
        return std::ranges::find(own_, std::pair(device, inode)) != own_.end();
    }
    /// Is it one of the files directly in the state folder that hold secrets? Asks the file system.
    bool has_file(std::uint64_t device, std::uint64_t inode) const;
    bool is_known() const { return !own_.empty(); }
    int folder() const { return folder_.get(); }
    int tmp() const { return tmp_.get(); }          ///< what is being built; emptied at start
    int trash() const { return trash_.get(); }      ///< what was taken away: Trash
    int records() const { return records_.get(); }  ///< property sets too large for an attribute
    int litter() const { return litter_.get(); }    ///< Diverted; -1 when nothing ever was

private:
    void note(int fd);

    UniqueFd folder_, lock_, tmp_, trash_, records_, litter_;
    bool is_new_ = false;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> own_;  ///< device and inode of each of these folders
};

/// A name nobody has had: 128 random bits in hexadecimal.
std::string unique_name();

/// The first thing that could not be removed, and why.
struct Obstacle {
    std::string path;  ///< below the folder that held the tree
    int error = 0;     ///< errno; 0: there is none
};
struct RemovalReport {
    bool gone = false;
    std::size_t removed = 0;  ///< entries
    Obstacle obstacle{};
};

/// Removes an entry of `folder` and everything below it, at most `budget` entries. What is mounted below it is never
/// entered: EXDEV.
RemovalReport remove_tree_reported(int folder, const char* name, std::size_t& budget);
/// The same; true when it is gone.
bool remove_tree(int folder, const char* name, std::size_t& budget);
/// The same with all entries of an open folder.
bool empty_folder(int folder, std::size_t& budget);

}  // namespace davit::fs

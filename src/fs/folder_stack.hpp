#pragma once
// The way from the top of a tree to the folder that is being looked at. A tree decides how deep it is, and so neither
// the call stack nor the number of open descriptors may grow with its depth.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace davit::fs {

/// Open folders, each a member of the one before. Only the deepest few are kept open; pop() opens the others again by
/// "..", and refuses one that is not the folder it was.
class FolderStack {
public:
    /// `top` is borrowed and stays open.
    explicit FolderStack(int top) : top_(top) {}

    int fd() const { return levels_.empty() ? top_ : levels_.back().fd.get(); }
    std::size_t depth() const { return levels_.size(); }
    /// Goes into a folder of this one, which has been opened as `fd`.
    void push(UniqueFd fd, std::string name);
    /// Opens a folder of this one and goes into it. False, and errno.
    bool enter(const char* name);
    /// Goes back to the folder above; the folder that was left. Nothing, and errno (ESTALE when the one above is not
    /// where it was): then nothing more can be done with this stack.
    std::optional<UniqueFd> pop();
    const std::string& name() const { return levels_.back().name; }
    /// Names from the top down to this folder.
    std::vector<std::string> names() const;

private:
    static constexpr std::size_t max_open = 16;

    struct Level {
        UniqueFd fd;
        std::string name;
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
    };
    bool open_last_again(int below);

    int top_;
    std::vector<Level> levels_;
};

}  // namespace davit::fs

#pragma once
// The path of open directories from the top of a tree to the current one. A client decides the depth of a tree, so
// neither the call stack nor the number of open descriptors may grow with it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace davit::fs {

/// Open directories, each a member of the one before. Keeps only the deepest few open. pop() reopens the others by
/// "..", and refuses a directory that is not the original one.
class FolderStack {
public:
    /// Borrows `top` and never closes it.
    explicit FolderStack(int top) : top_(top) {}

    int fd() const { return levels_.empty() ? top_ : levels_.back().fd.get(); }
    std::size_t depth() const { return levels_.size(); }
    /// Enters a directory of this one, opened as `fd`.
    void push(UniqueFd fd, std::string name);
    /// Opens a directory of this one and enters it. Returns false and sets errno on failure.
    bool enter(const char* name);
    /// Returns to the parent; the result is the directory it left. Returns nothing and sets errno (ESTALE when the
    /// parent has moved); the stack is unusable then.
    std::optional<UniqueFd> pop();
    const std::string& name() const { return levels_.back().name; }
    /// The names from the top to this directory.
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

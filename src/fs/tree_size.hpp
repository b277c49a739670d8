#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace davit::fs {

/// The disk space of a file or tree, counted in parts: each call of look() is a bounded step. Never enters a mount.
class TreeSize {
public:
    /// `name` in `folder`, which it borrows.
    TreeSize(int folder, std::string name);
    /// Counts at most `budget` entries, and lowers it. Returns true when the count is complete.
    bool look(std::size_t& budget);
    std::uint64_t bytes() const { return bytes_; }
    const std::string& name() const { return name_; }

private:
    void add(const std::string& path, int above, const char* name);

    int folder_;
    std::string name_;
    std::vector<std::string> pending_;  ///< directories to read, by their paths below `folder_`
    std::uint64_t bytes_ = 0;
};

}  // namespace davit::fs

#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace davit::fs {

/// What a file or tree takes on the disk, in parts: each call to look() is a bounded step. Never enters what is mounted
/// inside.
class TreeSize {
public:
    /// `name` in `folder`, which is borrowed.
    TreeSize(int folder, std::string name);
    /// Looks at `budget` entries at most, and lowers it; true when all is counted.
    bool look(std::size_t& budget);
    std::uint64_t bytes() const { return bytes_; }
    const std::string& name() const { return name_; }

private:
    void add(const std::string& path, int above, const char* name);

    int folder_;
    std::string name_;
    std::vector<std::string> pending_;  ///< folders to read, by their paths below `folder_`
    std::uint64_t bytes_ = 0;
};

}  // namespace davit::fs

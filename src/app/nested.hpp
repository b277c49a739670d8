#pragma once
// Finds served directories that lie inside one another: each has locks and properties that the other does not know.
#include <filesystem>
#include <string>
#include <vector>

namespace davit::app {

/// A warning for each directory above `root`, or directly in it, that has been served separately. Reads a bounded
/// number of directories.
std::vector<std::string> nested_folders(const std::filesystem::path& root);

}  // namespace davit::app

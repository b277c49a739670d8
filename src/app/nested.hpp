#pragma once
// Served folders that lie in one another: each has locks and properties the other knows nothing of.
#include <filesystem>
#include <string>
#include <vector>

namespace davit::app {

/// A warning for each folder above `root`, or directly in it, that has been served on its own. Looks at a bounded
/// number of folders.
std::vector<std::string> nested_folders(const std::filesystem::path& root);

}  // namespace davit::app

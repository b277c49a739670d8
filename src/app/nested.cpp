#include "nested.hpp"

#include "davit/core/resource_path.hpp"

namespace davit::app {
namespace {

constexpr int max_entries = 1000;  ///< of the root; a start must not take long

bool was_served(const std::filesystem::path& folder) {
    std::error_code error;
    return std::filesystem::is_directory(folder / ResourcePath::reserved_name, error);
}

std::string warning(const std::filesystem::path& outer, const std::filesystem::path& inner) {
    return inner.string() + " lies in " + outer.string() +
           ", and each has a state folder (.davit): locks of one are not seen by the other; serve only one of them, "
           "and "
           "remove the other's .davit";
}

}  // namespace

std::vector<std::string> nested_folders(const std::filesystem::path& root) {
    std::vector<std::string> warnings;
    std::error_code error;
    const auto own = std::filesystem::canonical(root, error);
    if (error) return warnings;
    for (auto above = own; above.has_relative_path();) {
        above = above.parent_path();
        if (was_served(above)) warnings.push_back(warning(above, own));
    }
    int looked = 0;
    for (std::filesystem::directory_iterator at(own, error), end; !error && at != end; at.increment(error)) {
        if (++looked > max_entries) break;
        std::error_code gone;
        const bool folder = at->symlink_status(gone).type() == std::filesystem::file_type::directory;
        if (folder && !gone && was_served(at->path())) warnings.push_back(warning(own, at->path()));
    }
    return warnings;
}

}  // namespace davit::app

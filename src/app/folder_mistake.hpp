#pragma once
#include <filesystem>
#include <string>

namespace davit::app {

/// Says why a path is not a directory, for a person at a shell: "no such directory: /nope". "" when it is one.
std::string not_a_folder(const std::filesystem::path& path);

enum class FolderUse : std::uint8_t { read, write };
/// The same, and the rights that this process lacks for it. "" when no mistake is visible from outside.
std::string folder_mistake(const std::filesystem::path& path, FolderUse use);

/// "anna (uid 1000)", the user whose rights this process has.
std::string own_user();
/// "root, mode 0700": the owner and mode of a file.
std::string owner_text(const std::filesystem::path& path);

}  // namespace davit::app

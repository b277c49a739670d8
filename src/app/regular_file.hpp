#pragma once
// Files that are read or written while the server runs. A FIFO would hold up whoever opens it, and no signal
// be heard meanwhile; a character device ("/dev/null") is as good as a regular file.
#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace davit::app {

/// Its content, at most `most` bytes, or in a few words what is wrong: "not a regular file". Nothing is waited for.
std::expected<std::string, std::string> read_regular_file(const std::filesystem::path& file, std::size_t most);

/// For appending, made when it is not there; or a FIFO that somebody reads. The descriptor, which the caller closes, or
/// what is wrong.
std::expected<int, std::string> open_log_file(const std::string& file);

}  // namespace davit::app

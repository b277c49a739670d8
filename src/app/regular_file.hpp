#pragma once
// Files that the server reads or writes while it runs. Opening a FIFO would block the caller, and no signal would be
// handled meanwhile. A character device ("/dev/null") is as good as a regular file.
#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace davit::app {

/// The file's content, at most `most` bytes, or a short reason: "not a regular file". Does not block.
std::expected<std::string, std::string> read_regular_file(const std::filesystem::path& file, std::size_t most);

/// Opens a file for appending and creates it when missing; also a FIFO with a reader. Returns the descriptor, which the
/// caller closes, or the reason.
std::expected<int, std::string> open_log_file(const std::string& file);

}  // namespace davit::app

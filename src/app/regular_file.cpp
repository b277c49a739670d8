#include "regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace davit::app {
namespace {

const std::string not_regular = "not a regular file";

std::string error_text() {
    return std::strerror(errno);
}

mode_t kind_of(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

/// Accepts a device too: opening one does not block, and "/dev/null" commonly stands for "nothing".
bool is_regular(int descriptor) {
    const auto kind = kind_of(descriptor);
    return kind == S_IFREG || kind == S_IFCHR;
}

std::expected<std::string, std::string> read_all(int descriptor, std::size_t most) {
    if (!is_regular(descriptor)) return std::unexpected(not_regular);
    std::string content(most + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const auto count = ::read(descriptor, content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected(error_text());
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > most) return std::unexpected("longer than " + std::to_string(most) + " bytes");
    content.resize(size);
    return content;
}

}  // namespace

std::expected<std::string, std::string> read_regular_file(const std::filesystem::path& file, std::size_t most) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return std::unexpected(error_text());
    auto content = read_all(descriptor, most);
    ::close(descriptor);
    return content;
}

std::expected<int, std::string> open_log_file(const std::string& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0640);
    if (descriptor < 0) return std::unexpected(errno == ENXIO ? "a FIFO without a reader" : error_text());
    // In a container "/dev/stdout" is a pipe.
    if (!is_regular(descriptor) && kind_of(descriptor) != S_IFIFO) {
        ::close(descriptor);
        return std::unexpected(not_regular);
    }
    ::fcntl(descriptor, F_SETFL, O_APPEND);  // waits when a terminal or pipe cannot take everything at once
    return descriptor;
}

}  // namespace davit::app

#include "mounts.hpp"

#include <fcntl.h>
#include <linux/limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace davit::fs {
namespace {

/// Reads everything from the beginning, independently of the file's position.
std::string read_from_start(int file) {
    std::string text;
    std::array<char, 16384> buffer;
    while (true) {
        const auto got = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::string path_of(int folder) {
    std::array<char, PATH_MAX> path;
    const auto link = "/proc/self/fd/" + std::to_string(folder);
    const auto size = ::readlink(link.c_str(), path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/// The kernel writes blanks, line ends and backslashes as three octal digits.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 3 >= text.size() || !is_octal(text[at + 1]) || !is_octal(text[at + 2]) ||
            !is_octal(text[at + 3])) {
            out += text[at];
            continue;
        }
        out += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
        at += 3;
    }
    return out;
}

/// The fifth field of a line of mountinfo (proc(5)).
std::string_view mount_point(std::string_view line) {
    for (int field = 1; field < 5; ++field) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) return {};
        line.remove_prefix(blank + 1);
    }
    return line.substr(0, line.find(' '));
}

}  // namespace

Mounts::Mounts() : table_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {}

std::optional<std::string> Mounts::first_below(int folder, const std::string& name) const {
    if (!table_) return std::nullopt;
    const auto above = path_of(folder);
    if (!above.starts_with('/')) return std::nullopt;
    const auto prefix = (above == "/" ? "" : above) + "/" + name + "/";
    const auto text = read_from_start(table_.get());
    std::string_view rest(text);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto point = unescaped(mount_point(rest.substr(0, end)));
        if (point.starts_with(prefix)) return point.substr(prefix.size());
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

}  // namespace davit::fs

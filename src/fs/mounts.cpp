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

/// A field of a line of mountinfo (proc(5)), counted from 1.
std::string_view mount_field(std::string_view line, int number) {
    for (int field = 1; field < number; ++field) {
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos) return {};
        line.remove_prefix(blank + 1);
    }
    return line.substr(0, line.find(' '));
}

/// A folder in the tree and what it shows.
struct MountedFolder {
    std::string device;  ///< "8:1"
    std::string source;  ///< path of the folder inside its file system
    std::string path;    ///< where it is
};

MountedFolder parse_mount(std::string_view line) {
    return {std::string(mount_field(line, 3)), unescaped(mount_field(line, 4)), unescaped(mount_field(line, 5))};
}

std::string with_slash(const std::string& path) {
    return path.ends_with('/') ? path : path + '/';
}

/// The path of `path` relative to the folder `above`, or nothing when it lies elsewhere.
std::optional<std::string> path_below(const std::string& path, const std::string& above) {
    if (path == above) return std::string();
    const auto prefix = with_slash(above);
    if (!path.starts_with(prefix)) return std::nullopt;
    return path.substr(prefix.size());
}

std::string joined_path(const std::string& folder, const std::string& rest) {
    if (rest.empty()) return folder;
    return folder.empty() ? rest : with_slash(folder) + rest;
}

/// Those at or below `top`, `top` itself first; a later mount on the same place hides an earlier one.
std::vector<MountedFolder> mounted_within(std::string_view table, const std::string& top) {
    MountedFolder around{{}, {}, "/"};
    std::vector<MountedFolder> within;
    while (!table.empty()) {
        const auto end = std::min(table.find('\n'), table.size());
        auto mount = parse_mount(table.substr(0, end));
        table.remove_prefix(std::min(end + 1, table.size()));
        if (path_below(top, mount.path)) {
            if (mount.path.size() >= around.path.size()) around = std::move(mount);
        } else if (path_below(mount.path, top)) {
            std::erase_if(within, [&](const MountedFolder& each) { return each.path == mount.path; });
            within.push_back(std::move(mount));
        }
    }
    const auto inside = path_below(top, around.path).value_or("");
    within.insert(within.begin(), {around.device, joined_path(around.source, inside), top});
    return within;
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
        const auto point = unescaped(mount_field(rest.substr(0, end), 5));
        if (point.starts_with(prefix)) return point.substr(prefix.size());
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

std::vector<Mounts::Twice> Mounts::shown_twice(int root) const {
    std::vector<Twice> found;
    const auto top = table_ ? path_of(root) : std::string();
    if (!top.starts_with('/')) return found;
    const auto mounted = mounted_within(read_from_start(table_.get()), top);
    for (auto one = mounted.begin(); one != mounted.end(); ++one)
        for (auto other = one + 1; other != mounted.end(); ++other) {
            if (one->device != other->device) continue;
            const auto one_name = path_below(one->path, top).value_or("");
            const auto other_name = path_below(other->path, top).value_or("");
            if (const auto rest = path_below(other->source, one->source))
                found.push_back({joined_path(one_name, *rest), other_name});
            else if (const auto more = path_below(one->source, other->source))
                found.push_back({one_name, joined_path(other_name, *more)});
        }
    // A folder that is mounted on itself, read-only for example, has one path.
    std::erase_if(found, [](const Twice& each) { return each.one == each.other; });
    return found;
}

}  // namespace davit::fs

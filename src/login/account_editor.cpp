#include "davit/login/account_editor.hpp"

#include <crypt.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "davit/login/crypto.hpp"

namespace davit::login {
namespace {

using Lines = std::vector<std::string>;

struct Descriptor {
    explicit Descriptor(int number) : fd(number) {}
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int fd;
};

std::unexpected<std::string> failed(const std::string& what) {
    return std::unexpected(what + ": " + std::strerror(errno));
}

std::expected<Lines, std::string> read_lines(const std::string& file) {
    Lines lines;
    std::ifstream in(file);
    if (!in && errno != ENOENT) return failed(file);
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    return lines;
}

bool write_all(int fd, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto written = ::write(fd, text.data() + at, text.size() - at);
        if (written < 0) return false;
        at += static_cast<std::size_t>(written);
    }
    return ::fsync(fd) == 0;
}

/// Gives the new file the owner and mode of the old one. The directory's group may read the very first file.
bool dress(int fd, const std::string& file, int folder) {
    struct stat like{};
    mode_t mode = 0640;
    if (::stat(file.c_str(), &like) == 0)
        mode = like.st_mode & 07777;
    else if (::fstat(folder, &like) != 0)
        return false;
    [[maybe_unused]] const int owned = ::fchown(fd, like.st_uid, like.st_gid);  // only root can give a file away
    return ::fchmod(fd, mode) == 0;
}

/// The target of `name` if it is a symbolic link, even a dangling one: the readers open the target, so the editor
/// replaces the target and not the link.
std::expected<std::string, std::string> behind_links(const std::string& name) {
    constexpr int most_links = 40;  // as many as Linux follows
    std::filesystem::path file = name;
    for (int links = 0; links <= most_links; ++links) {
        std::error_code error;
        const auto target = std::filesystem::read_symlink(file, error);
        if (error) return file.string();
        file = file.parent_path() / target;
    }
    errno = ELOOP;
    return failed(name);
}

/// Reads the file, changes its lines, writes a temporary file in the same directory, and renames it.
std::expected<void, std::string> edit(const std::string& name, const std::function<void(Lines&)>& change) {
    const auto resolved = behind_links(name);
    if (!resolved) return std::unexpected(resolved.error());
    const auto& file = *resolved;
    auto folder_name = std::filesystem::path(file).parent_path();
    if (folder_name.empty()) folder_name = ".";
    const Descriptor folder(::open(folder_name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd < 0 || ::flock(folder.fd, LOCK_EX) != 0) return failed(folder_name.string());
    auto lines = read_lines(file);
    if (!lines) return std::unexpected(lines.error());
    change(*lines);
    std::string text;
    for (const auto& line : *lines) (text += line) += '\n';
    auto beside = file + ".XXXXXX";
    const Descriptor made(::mkostemp(beside.data(), O_CLOEXEC));
    if (made.fd < 0) return failed(beside);
    if (dress(made.fd, file, folder.fd) && write_all(made.fd, text) && ::rename(beside.c_str(), file.c_str()) == 0 &&
        ::fsync(folder.fd) == 0)
        return {};
    auto error = failed(file);
    ::unlink(beside.c_str());
    return error;
}

bool is_of(const std::string& line, std::string_view name) {
    return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
}

}  // namespace

std::expected<std::string, std::string> hash_password(const std::string& password) {
    if (password.empty()) return std::unexpected("an empty password would let everybody in");
    if (password.find('\0') != std::string::npos) return std::unexpected("a password may hold no NUL");
    crypt_data data{};
    std::string salt(CRYPT_GENSALT_OUTPUT_SIZE, '\0');
    if (!::crypt_gensalt_rn("$y$", 0, nullptr, 0, salt.data(), static_cast<int>(salt.size())))
        return failed("crypt_gensalt");
    const char* made = ::crypt_r(password.c_str(), salt.c_str(), &data);
    if (!made || made[0] == '*') return failed("crypt");
    return std::string(made);
}

std::string check_user_name(std::string_view name) {
    if (name.empty()) return "a user's name may not be empty";
    if (name == "*" || name == "anonymous" || name.starts_with('@') || name.starts_with('#'))
        return std::string(name) + " means something else in rules";
    const auto bad = [](unsigned char c) { return c <= 0x20 || c == 0x7F || c == ':' || c == '/' || c == ','; };
    if (std::ranges::any_of(name, bad) || name == "." || name == "..")
        return "a user's name may hold no blanks, colons, commas, slashes or control characters";
    return "";
}

std::string check_group_name(std::string_view name) {
    if (name.empty()) return "a group's name may not be empty";
    if (name.starts_with('#')) return std::string(name) + " would be a comment in the file of groups";
    const auto bad = [](unsigned char c) { return c <= 0x20 || c == 0x7F || c == ':'; };
    if (std::ranges::any_of(name, bad)) return "a group's name may hold no blanks, colons or control characters";
    return "";
}

std::expected<bool, std::string> set_password(const std::string& file, std::string_view name, std::string_view hash) {
    bool is_new = true;
    const auto line = std::string(name) + ":" + std::string(hash);
    const auto done = edit(file, [&](Lines& lines) {
        const auto found = std::ranges::find_if(lines, [&](const auto& each) { return is_of(each, name); });
        is_new = found == lines.end();
        if (is_new)
            lines.push_back(line);
        else
            *found = line;
    });
    if (!done) return std::unexpected(done.error());
    return is_new;
}

std::expected<void, std::string> set_digest(const std::string& file, std::string_view name, std::string_view realm,
                                            std::string_view password) {
    const auto head = std::string(name) + ":" + std::string(realm) + ":";
    return edit(file, [&](Lines& lines) {
        std::erase_if(lines, [&](const auto& each) { return each.starts_with(head); });
        for (const auto* algorithm : {"MD5", "SHA256"})
            lines.push_back(head + hex_digest(algorithm, head + std::string(password)));
    });
}

std::expected<void, std::string> set_groups(const std::string& file, std::string_view name,
                                            const std::vector<std::string>& groups) {
    return edit(file, [&](Lines& lines) {
        auto wanted = groups;
        for (auto& line : lines) {
            const auto colon = line.find(':');
            if (line.starts_with('#') || colon == std::string::npos) continue;
            const auto group = line.substr(0, colon);
            std::istringstream members(line.substr(colon + 1));
            std::string rest;
            for (std::string member; members >> member;)
                if (member != name) rest += " " + member;
            if (std::erase(wanted, group) > 0) rest += " " + std::string(name);
            line = rest.empty() ? "" : group + ":" + rest;
        }
        std::erase(lines, "");
        for (const auto& group : wanted) lines.push_back(group + ": " + std::string(name));
    });
}

std::expected<bool, std::string> remove_lines(const std::string& file, std::string_view name) {
    // Removing a line from a missing file creates no file.
    if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) return false;
    bool found = false;
    const auto done = edit(file, [&](Lines& lines) {
        found = std::erase_if(lines, [&](const auto& each) { return is_of(each, name); }) > 0;
    });
    if (!done) return std::unexpected(done.error());
    return found;
}

std::expected<std::vector<std::string>, std::string> user_names(const std::string& file) {
    const auto lines = read_lines(file);
    if (!lines) return std::unexpected(lines.error());
    std::vector<std::string> names;
    for (const auto& line : *lines)
        if (!line.starts_with('#') && line.find(':') != std::string::npos)
            names.push_back(line.substr(0, line.find(':')));
    return names;
}

}  // namespace davit::login

#include "davit/login/file_stamp.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace davit::login {

std::string file_stamp(const std::string& path) {
    struct stat seen{};
    if (::stat(path.c_str(), &seen) != 0) seen = {};
    const std::array<std::int64_t, 6> facts{static_cast<std::int64_t>(seen.st_ino),
                                            seen.st_size,
                                            seen.st_mtim.tv_sec,
                                            seen.st_mtim.tv_nsec,
                                            seen.st_ctim.tv_sec,
                                            seen.st_ctim.tv_nsec};
    return {reinterpret_cast<const char*>(facts.data()), sizeof facts};
}

std::optional<std::string> read_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    struct stat seen{};
    std::optional<std::string> text;
    if (::fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode)) text.emplace();
    std::array<char, 65536> piece{};
    while (text) {
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got == 0) break;
        if (got < 0)
            text.reset();
        else
            text->append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return text;
}

}  // namespace davit::login

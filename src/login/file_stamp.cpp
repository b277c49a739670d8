#include "davit/login/file_stamp.hpp"

#include <sys/stat.h>

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

}  // namespace davit::login

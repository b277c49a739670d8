#include "davit/core/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace davit {

RandomBytes random_bytes() {
    thread_local std::array<unsigned char, 256> kept;  // as many as are given without being interrupted
    thread_local std::size_t used = kept.size();
    if (used == kept.size()) {
        if (::getrandom(kept.data(), kept.size(), 0) != static_cast<ssize_t>(kept.size())) std::abort();
        used = 0;
    }
    RandomBytes bytes;
    std::copy_n(kept.begin() + static_cast<std::ptrdiff_t>(used), bytes.size(), bytes.begin());
    used += bytes.size();
    return bytes;
}

void append_hex(std::string& out, const unsigned char* bytes, std::size_t count) {
    constexpr char digits[] = "0123456789abcdef";
    auto end = out.size();
    out.resize(end + 2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        out[end++] = digits[bytes[i] >> 4];
        out[end++] = digits[bytes[i] & 15];
    }
}

}  // namespace davit

#include <array>
#include <cstdint>
#include <cstdlib>

#include "davit/store/clock.hpp"

namespace davit::store {

/// RFC 9562, 5.4: 122 random bits.
LockToken RandomTokenSource::mint() {
    std::array<std::uint32_t, 4> words;
    ::arc4random_buf(words.data(), sizeof words);  // from the kernel; cannot fail
    words[1] = (words[1] & 0xFFFF0FFFU) | 0x00004000U;
    words[2] = (words[2] & 0x3FFFFFFFU) | 0x80000000U;
    static constexpr char digits[] = "0123456789abcdef";
    LockToken token = "urn:uuid:";
    int written = 0;
    for (const auto word : words) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            if (written == 8 || written == 12 || written == 16 || written == 20) token += '-';
            token += digits[(word >> shift) & 15U];
            ++written;
        }
    }
    return token;
}

}  // namespace davit::store

#include "davit/core/random.hpp"
#include "davit/store/clock.hpp"

namespace davit::store {

/// RFC 9562, 5.4: 122 random bits.
LockToken RandomTokenSource::mint() {
    auto bytes = random_bytes();
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    LockToken token;
    token.reserve(45);
    token = "urn:uuid:";
    const unsigned char* next = bytes.data();
    for (const std::size_t count : {4, 2, 2, 2, 6}) {
        if (next != bytes.data()) token += '-';
        append_hex(token, next, count);
        next += count;
    }
    return token;
}

}  // namespace davit::store

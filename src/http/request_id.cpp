#include "davit/http/request_id.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <random>
#include <string_view>

namespace davit::http {
namespace {

/// xorshift128+ (Vigna, 2017): ids must differ, nobody has to be kept from guessing them.
class Generator {
public:
    Generator() {
        std::random_device device;
        for (auto* word : {&a_, &b_}) *word = (std::uint64_t{device()} << 32 | device()) | 1U;
    }
    std::uint64_t next() {
        auto x = a_;
        const auto y = b_;
        a_ = y;
        x ^= x << 23;
        b_ = x ^ y ^ (x >> 17) ^ (y >> 26);
        return b_ + y;
    }

private:
    std::uint64_t a_ = 0, b_ = 0;
};

constexpr auto pairs = [] {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::array<std::array<char, 2>, 1024> all;
    for (std::size_t value = 0; value < all.size(); ++value) all[value] = {alphabet[value / 32], alphabet[value % 32]};
    return all;
}();

/// `digits` characters of base 32, an even number, the highest first.
void put_digits(char* out, std::uint64_t value, int digits) {
    for (int digit = digits - 2; digit >= 0; digit -= 2, out += 2)
        std::memcpy(out, pairs[(value >> (5 * digit)) & 1023U].data(), 2);
}

/// Since 1970, by the clock's last tick: an id needs no more, and any other clock is dearer.
std::int64_t milliseconds_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

std::string make_request_id() {
    thread_local Generator generator;
    const auto now = milliseconds_now();
    std::string id(26, '0');
    put_digits(id.data(), static_cast<std::uint64_t>(now), 10);
    put_digits(id.data() + 10, generator.next(), 8);
    put_digits(id.data() + 18, generator.next(), 8);
    return id;
}

}  // namespace davit::http

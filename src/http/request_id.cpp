#include "davit/http/request_id.hpp"

#include <chrono>
#include <cstdint>
#include <random>

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

/// `digits` characters of base 32, the highest first.
void put_digits(char* out, std::uint64_t value, int digits) {
    static constexpr char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int digit = digits - 1; digit >= 0; --digit) *out++ = alphabet[(value >> (5 * digit)) & 31U];
}

}  // namespace

std::string make_request_id() {
    using namespace std::chrono;
    thread_local Generator generator;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    std::string id(26, '0');
    put_digits(id.data(), static_cast<std::uint64_t>(now), 10);
    put_digits(id.data() + 10, generator.next(), 8);
    put_digits(id.data() + 18, generator.next(), 8);
    return id;
}

}  // namespace davit::http

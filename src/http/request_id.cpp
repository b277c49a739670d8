#include "davit/http/request_id.hpp"

#include <chrono>
#include <cstdint>
#include <random>

namespace davit::http {
namespace {

std::mt19937_64& generator() {
    thread_local std::mt19937_64 random = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }();
    return random;
}

void append_digits(std::string& out, std::uint64_t value, int digits) {
    static constexpr char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int digit = digits - 1; digit >= 0; --digit) out += alphabet[(value >> (5 * digit)) & 31U];
}

}  // namespace

std::string make_request_id() {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    std::string id;
    id.reserve(26);
    append_digits(id, static_cast<std::uint64_t>(now), 10);
    append_digits(id, generator()(), 8);
    append_digits(id, generator()(), 8);
    return id;
}

}  // namespace davit::http

#include "davit/core/digest.hpp"

#include <algorithm>
#include <array>

namespace davit {
namespace {

using enum DigestAlgorithm;

constexpr std::array kinds{
    DigestKind{sha1, "SHA1", "", 20},
    DigestKind{md5, "MD5", "", 16},
    DigestKind{adler32, "ADLER32", "", 4},
    DigestKind{sha256, "SHA256", "sha-256", 32},
    DigestKind{sha512, "SHA512", "sha-512", 64},
    DigestKind{sha3_256, "SHA3-256", "", 32},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (static_cast<std::size_t>(kinds[i].algorithm) != i) return false;
    return true;
}
static_assert(in_order(), "one row an algorithm, in the order of the enum");

constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    c = upper(c);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::optional<std::string> from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const auto high = hex_value(text[i]);
        const auto low = hex_value(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes += static_cast<char>(*high << 4 | *low);
    }
    return bytes;
}

}  // namespace

std::span<const DigestKind> digest_kinds() {
    return kinds;
}

const DigestKind& digest_kind(DigestAlgorithm algorithm) {
    return kinds[static_cast<std::size_t>(algorithm)];
}

const DigestKind* find_digest_kind(std::string_view name) {
    const auto row = std::ranges::find_if(
        kinds, [&](const DigestKind& kind) { return std::ranges::equal(kind.name, name, {}, {}, upper); });
    return row == kinds.end() ? nullptr : &*row;
}

std::string hex_text(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(digest.bytes.size() * 2);
    for (const char c : digest.bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string checksum_text(const Digest& digest) {
    return std::string(digest_kind(digest.algorithm).name) + ":" + hex_text(digest);
}

std::optional<Digest> parse_checksum(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    const auto* kind = find_digest_kind(text.substr(0, colon));
    if (!kind) return std::nullopt;
    std::string digits(text.substr(colon + 1));
    if (kind->algorithm == adler32 && !digits.empty() && digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
    if (digits.size() != kind->size * 2) return std::nullopt;
    auto bytes = from_hex(digits);
    if (!bytes) return std::nullopt;
    return Digest{kind->algorithm, std::move(*bytes)};
}

}  // namespace davit

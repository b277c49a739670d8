#pragma once
// Digests of content: what a client announces, what the server computes, what the store keeps with a file.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace davit {

enum class DigestAlgorithm : std::uint8_t { sha1, md5, adler32, sha256, sha512, sha3_256 };

struct DigestKind {
    DigestAlgorithm algorithm;
    std::string_view name;  ///< in OC-Checksum and oc:checksums: "SHA1"
    std::string_view
        field_key;     ///< in the fields of RFC 9530: "sha-256"; "" for algorithms that are insecure or not registered
    std::size_t size;  ///< in bytes
};
std::span<const DigestKind> digest_kinds();
const DigestKind& digest_kind(DigestAlgorithm algorithm);
/// Finds a kind by DigestKind::name, case-insensitively. Returns null for an unknown name.
const DigestKind* find_digest_kind(std::string_view name);

struct Digest {
    DigestAlgorithm algorithm{};
    std::string bytes;

    friend bool operator==(const Digest&, const Digest&) = default;
};

std::string hex_text(const Digest& digest);       ///< "da39a3ee..."
std::string checksum_text(const Digest& digest);  ///< "SHA1:da39a3ee...", as ownCloud writes it
/// The reverse of checksum_text(). Accepts an ADLER32 without its leading zeros. Returns nothing when the text is
/// malformed or the algorithm unknown.
std::optional<Digest> parse_checksum(std::string_view text);

}  // namespace davit

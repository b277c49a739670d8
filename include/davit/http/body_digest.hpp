#pragma once
// Digests of bodies while they arrive, and the digests that a request announces.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/digest.hpp"
#include "davit/core/failure.hpp"

namespace davit::http {

class Exchange;

/// Of a text, as 32 bytes.
std::string sha256(std::string_view text);

/// Computes several digests at once. Without algorithms it does no work.
class BodyDigest {
public:
    explicit BodyDigest(std::span<const DigestAlgorithm> algorithms);
    BodyDigest(BodyDigest&&) noexcept;
    ~BodyDigest();

    bool idle() const { return sums_.empty(); }
    void update(std::span<const std::byte> bytes);
    /// The digests, in the order of the algorithms. Call it once.
    std::vector<Digest> finish();

private:
    class Sum;
    std::vector<std::unique_ptr<Sum>> sums_;
};

/// The digests that an upload announces: Content-Digest of the body, Repr-Digest and OC-Checksum of the file.
struct PromisedDigests {
    std::vector<Digest> body;
    std::vector<Digest> file;
    bool owncloud = false;  ///< its clients look for SHA1 and MD5, whichever of them they sent

    /// What to compute of each.
    std::vector<DigestAlgorithm> of_body() const;
    std::vector<DigestAlgorithm> of_file() const;
};

/// What the body is: RFC 9530, 3.2 and B.8. The representation of a PATCH is the patch.
enum class BodyIs : std::uint8_t { file, part, patch };
/// bad_header when one of the fields is malformed.
Result<PromisedDigests> decode_digests(const Exchange& exchange, BodyIs body);

/// digest_mismatch with both values, for the first of `promised` that does not equal its counterpart in `found`.
Result<void> check_digests(std::span<const Digest> promised, std::span<const Digest> found);

}  // namespace davit::http

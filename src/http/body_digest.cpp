#include "davit/http/body_digest.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "davit/headers/base64.hpp"
#include "davit/headers/fields.hpp"
#include "davit/http/exchange.hpp"

namespace davit::http {
namespace {

const EVP_MD* method(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1:
            return EVP_sha1();
        case DigestAlgorithm::md5:
            return EVP_md5();
        case DigestAlgorithm::sha256:
            return EVP_sha256();
        case DigestAlgorithm::sha512:
            return EVP_sha512();
        case DigestAlgorithm::sha3_256:
            return EVP_sha3_256();
        case DigestAlgorithm::adler32:
            break;
    }
    return nullptr;
}

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
    return bytes;
}

/// One pass costs less than three look-ups, and most uploads have none of them.
bool promises_any(const Exchange& exchange) {
    using boost::beast::iequals;
    if (!exchange.has(Field::unknown)) return false;
    return std::any_of(exchange.head.begin(), exchange.head.end(), [](const auto& field) {
        const auto name = field.name_string();
        return iequals(name, "OC-Checksum") || iequals(name, "Repr-Digest") || iequals(name, "Content-Digest");
    });
}

Result<void> take(const Exchange& exchange, std::string_view name, std::vector<Digest>& into) {
    const auto text = exchange.joined(name);
    if (text.empty()) return {};
    auto digests = headers::parse_digest_field(text);
    if (!digests) {
        digests.error().sentence = std::string(name) + ": " + digests.error().sentence;
        return std::unexpected(std::move(digests.error()));
    }
    into.insert(into.end(), digests->begin(), digests->end());
    return {};
}

bool has(const std::vector<DigestAlgorithm>& algorithms, DigestAlgorithm algorithm) {
    return std::ranges::find(algorithms, algorithm) != algorithms.end();
}

std::vector<DigestAlgorithm> algorithms_of(const std::vector<Digest>& digests) {
    std::vector<DigestAlgorithm> algorithms;
    for (const auto& digest : digests)
        if (!has(algorithms, digest.algorithm)) algorithms.push_back(digest.algorithm);
    return algorithms;
}

}  // namespace

class BodyDigest::Sum {
public:
    explicit Sum(DigestAlgorithm algorithm) : algorithm_(algorithm) {
        if (algorithm == DigestAlgorithm::adler32) return;
        context_.reset(EVP_MD_CTX_new());
        if (!context_ || EVP_DigestInit_ex(context_.get(), method(algorithm), nullptr) != 1)
            throw std::runtime_error("OpenSSL does not compute " + std::string(digest_kind(algorithm).name));
    }
    void update(std::span<const std::byte> bytes) {
        if (context_) {
            EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
        } else {
            adler_ = adler32_z(adler_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
        }
    }
    Digest finish() {
        if (!context_) return {algorithm_, big_endian(static_cast<std::uint32_t>(adler_))};
        std::string bytes(digest_kind(algorithm_).size, '\0');
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(bytes.data()), nullptr);
        return {algorithm_, std::move(bytes)};
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    DigestAlgorithm algorithm_;
    std::unique_ptr<EVP_MD_CTX, Free> context_;
    uLong adler_ = 1;
};

BodyDigest::BodyDigest(std::span<const DigestAlgorithm> algorithms) {
    for (const auto algorithm : algorithms) sums_.push_back(std::make_unique<Sum>(algorithm));
}
BodyDigest::BodyDigest(BodyDigest&&) noexcept = default;
BodyDigest::~BodyDigest() = default;

void BodyDigest::update(std::span<const std::byte> bytes) {
    for (auto& sum : sums_) sum->update(bytes);
}

std::vector<Digest> BodyDigest::finish() {
    std::vector<Digest> digests;
    digests.reserve(sums_.size());
    for (auto& sum : sums_) digests.push_back(sum->finish());
    return digests;
}

std::string sha256(std::string_view text) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
                   nullptr) != 1)
        throw std::runtime_error("EVP_Digest");
    digest.resize(size);
    return digest;
}

std::vector<DigestAlgorithm> PromisedDigests::of_body() const {
    return algorithms_of(body);
}

std::vector<DigestAlgorithm> PromisedDigests::of_file() const {
    auto algorithms = algorithms_of(file);
    if (!owncloud) return algorithms;
    for (const auto wanted : {DigestAlgorithm::sha1, DigestAlgorithm::md5, DigestAlgorithm::adler32})
        if (!has(algorithms, wanted)) algorithms.push_back(wanted);
    std::ranges::sort(algorithms);  // ownCloud's own order
    return algorithms;
}

Result<PromisedDigests> decode_digests(const Exchange& exchange, BodyIs body) {
    PromisedDigests promised;
    if (!promises_any(exchange)) return promised;
    // A whole file's two fields speak of the same bytes.
    auto& of_body = body == BodyIs::file ? promised.file : promised.body;
    auto& of_representation = body == BodyIs::patch ? promised.body : promised.file;
    if (auto taken = take(exchange, "Content-Digest", of_body); !taken) return std::unexpected(taken.error());
    if (auto taken = take(exchange, "Repr-Digest", of_representation); !taken) return std::unexpected(taken.error());
    const auto text = exchange.custom("OC-Checksum");
    if (text.empty()) return promised;
    auto checksums = headers::parse_oc_checksum(text);
    if (!checksums) {
        checksums.error().sentence = "OC-Checksum: " + checksums.error().sentence;
        return std::unexpected(std::move(checksums.error()));
    }
    promised.owncloud = !checksums->empty();
    promised.file.insert(promised.file.end(), checksums->begin(), checksums->end());
    return promised;
}

Result<void> check_digests(std::span<const Digest> promised, std::span<const Digest> found) {
    for (const auto& expected : promised) {
        const auto same = std::ranges::find(found, expected.algorithm, &Digest::algorithm);
        if (same != found.end() && *same == expected) continue;
        const auto received = same == found.end() ? std::string("unknown") : hex_text(*same);
        return fail(FailureCode::digest_mismatch,
                    "What arrived is not what was sent: " + std::string(digest_kind(expected.algorithm).name) +
                        " should be " + hex_text(expected) + " and is " + received + ".");
    }
    return {};
}

}  // namespace davit::http

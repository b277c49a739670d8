#pragma once
// The grammar of a signed JWT (RFC 7515, 7.1; RFC 7519). The parser checks it before a library reads any part of the
// token.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace davit::login {

constexpr std::size_t longest_token = 32 * 1024;         ///< bytes, with both dots
constexpr std::size_t longest_token_header = 16 * 1024;  ///< bytes, decoded; some issuers send certificates in it
constexpr std::size_t deepest_token_json = 16;           ///< nesting of objects and lists

constexpr std::size_t longest_user_name = 255;  ///< bytes, of a user that a token or a proxy names

struct SignedToken {
    std::string algorithm;         ///< "alg" of the header
    std::string key_id;            ///< "kid" of the header; "": none
    std::string_view signed_text;  ///< the text that the signature covers; belongs to the caller's text
    std::string signature;
    std::string claims;  ///< decoded, not parsed: not yet verified
};

/// The parts of the token, or why it is invalid: half a sentence for the log and the response.
std::expected<SignedToken, std::string> parse_signed_token(std::string_view text);

}  // namespace davit::login

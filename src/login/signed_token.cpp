#include "davit/login/signed_token.hpp"

#include "davit/headers/base64.hpp"
#include "token_json.hpp"

namespace davit::login {
namespace {

std::expected<void, std::string> read_header(std::string_view text, SignedToken& into) {
    const auto bytes = headers::from_base64url(text);
    const auto header = bytes && bytes->size() <= longest_token_header ? parse_json_object(*bytes)
                                                                       : std::optional<boost::json::object>();
    if (!header) return std::unexpected("the token is not a signed JWT");
    if (header->contains("crit"))
        return std::unexpected("the token has extensions that must be understood (crit), and none are here");
    into.algorithm = text_at(*header, "alg");
    if (into.algorithm.empty()) return std::unexpected("the token does not say how it is signed (alg)");
    if (header->contains("kid") && text_at(*header, "kid").empty())
        return std::unexpected("the token's key has no name that is a text (kid)");
    into.key_id = text_at(*header, "kid");
    return {};
}

}  // namespace

std::expected<SignedToken, std::string> parse_signed_token(std::string_view text) {
    if (text.size() > longest_token)
        return std::unexpected("the token is longer than " + std::to_string(longest_token) + " bytes");
    const auto first = text.find('.');
    const auto second = first == text.npos ? text.npos : text.find('.', first + 1);
    // An encrypted token (RFC 7516) has four dots. None of the letters of base64url is a dot.
    if (second == text.npos) return std::unexpected("the token is not a signed JWT");
    SignedToken token;
    if (auto read = read_header(text.substr(0, first), token); !read) return std::unexpected(std::move(read.error()));
    auto claims = headers::from_base64url(text.substr(first + 1, second - first - 1));
    auto signature = headers::from_base64url(text.substr(second + 1));
    if (!claims || claims->empty() || !signature) return std::unexpected("the token is not a signed JWT");
    token.signed_text = text.substr(0, second);
    token.claims = std::move(*claims);
    token.signature = std::move(*signature);
    return token;
}

}  // namespace davit::login

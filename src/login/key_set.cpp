#include "davit/login/key_set.hpp"

#include <algorithm>
#include <expected>

#include "public_key.hpp"
#include "token_json.hpp"

namespace davit::login {
namespace {

namespace json = boost::json;
constexpr std::size_t largest_key_set = 1024 * 1024;  ///< bytes

/// Issuers list encryption keys together with signature keys: skipping them is no mistake.
bool is_for_signatures(const json::object& jwk) {
    if (jwk.contains("use")) return text_at(jwk, "use") == "sig";
    const auto* uses = jwk.if_contains("key_ops");
    if (!uses || !uses->is_array()) return true;
    return std::ranges::any_of(uses->get_array(),
                               [](const auto& each) { return each.is_string() && each.get_string() == "verify"; });
}

std::string name_of(const json::value& jwk, std::size_t number) {
    const auto id = jwk.is_object() ? text_at(jwk.get_object(), "kid") : std::string_view();
    return id.empty() ? "key number " + std::to_string(number) : "key \"" + std::string(id) + "\"";
}

}  // namespace

KeySet KeySet::read(std::string_view text, std::vector<std::string>& mistakes) {
    KeySet made;
    if (text.size() > largest_key_set) {
        mistakes.push_back("it is larger than " + std::to_string(largest_key_set) + " bytes");
        return made;
    }
    const auto set = parse_json_object(text);
    const auto* keys = set ? set->if_contains("keys") : nullptr;
    if (!keys || !keys->is_array()) {
        mistakes.emplace_back("it is not a JWK set (RFC 7517) that can be read");
        return made;
    }
    std::size_t number = 0;
    for (const auto& each : keys->get_array()) {
        const auto called = name_of(each, ++number);
        if (each.is_object() && !is_for_signatures(each.get_object())) continue;
        auto key = each.is_object() ? PublicKey::from_jwk(each.get_object())
                                    : std::expected<PublicKey, std::string>(std::unexpected("is no JSON object"));
        if (key)
            made.keys_.push_back(
                {std::string(text_at(each.get_object(), "kid")), std::make_shared<const PublicKey>(std::move(*key))});
        else
            mistakes.push_back(called + " " + key.error() + "; it is not used");
    }
    if (made.empty()) mistakes.emplace_back("there is no public key for signatures in it");
    return made;
}

bool KeySet::verify(const SignedToken& token) const {
    return std::ranges::any_of(keys_, [&](const Named& each) {
        if (!token.key_id.empty() && !each.id.empty() && each.id != token.key_id) return false;
        return each.key->verify(token.algorithm, token.signed_text, token.signature);
    });
}

}  // namespace davit::login

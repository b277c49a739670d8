#include "davit/login/bearer.hpp"

#include <cjose/cjose.h>

#include <algorithm>
#include <bit>
#include <boost/json.hpp>
#include <cstdlib>

#include "davit/login/file_stamp.hpp"

namespace davit::login {
namespace {

namespace json = boost::json;
using Key = std::unique_ptr<cjose_jwk_t, decltype([](cjose_jwk_t* key) { cjose_jwk_release(key); })>;
using Signed = std::unique_ptr<cjose_jws_t, decltype([](cjose_jws_t* jws) { cjose_jws_release(jws); })>;
constexpr std::chrono::seconds clock_skew{60};

std::string_view text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

/// Seconds since 1970, if the claim is there; RFC 7519 allows a fraction. False: it is there and no time
/// (4.1.4, 4.1.5).
bool take_time(const json::object& claims, std::string_view name, std::optional<std::int64_t>& seconds) {
    const auto* value = claims.if_contains(name);
    if (!value) return true;
    boost::system::error_code error;
    const auto number = value->to_number<double>(error);
    constexpr double farthest = 1e15;
    if (error || !(number > -farthest && number < farthest)) return false;
    seconds = static_cast<std::int64_t>(number);
    return true;
}

/// How long the modulus of an RSA key is, without the zeros it may be padded with.
std::size_t modulus_bits(std::string_view base64url) {
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    cjose_err error{};
    if (!cjose_base64url_decode(base64url.data(), base64url.size(), &bytes, &size, &error)) return 0;
    const std::unique_ptr<std::uint8_t, cjose_dealloc_fn_t> owned(bytes, cjose_get_dealloc());
    const auto* first = std::find_if(bytes, bytes + size, [](std::uint8_t byte) { return byte != 0; });
    const auto whole = static_cast<std::size_t>(bytes + size - first);
    return whole == 0 ? 0 : whole * 8 - static_cast<std::size_t>(std::countl_zero(*first));
}

bool names(const json::object& claims, std::string_view claim, std::string_view wanted) {
    if (const auto* value = claims.if_contains(claim); value && value->is_array())
        return std::ranges::any_of(value->get_array(),
                                   [&](const auto& each) { return each.is_string() && each.get_string() == wanted; });
    return text_at(claims, claim) == wanted;
}

std::vector<std::string> list_at(const json::object& claims, std::string_view name) {
    std::vector<std::string> found;
    const auto* value = claims.if_contains(name);
    if (!value || !value->is_array()) return found;
    for (const auto& each : value->get_array())
        if (each.is_string()) found.emplace_back(each.get_string());
    return found;
}

/// A secret shared with whoever makes tokens would be as good as a password for everybody: public keys only.
bool is_asymmetric(std::string_view algorithm) {
    static constexpr std::array known{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"};
    return std::ranges::find(known, algorithm) != known.end();
}

}  // namespace

struct BearerLogin::Keys {
    struct Named {
        std::string id, algorithm;
        Key key;
    };
    std::vector<Named> all;

    void add(const json::value& each, std::vector<std::string>& mistakes) {
        const auto& object = each.as_object();
        const auto kind = text_at(object, "kty");
        const auto use = text_at(object, "use");
        if ((kind != "RSA" && kind != "EC") || (!use.empty() && use != "sig")) return;
        const auto called = "key \"" + std::string(text_at(object, "kid")) + "\"";
        constexpr std::size_t fewest_bits = 2048;  // RFC 7518, 3.3
        if (const auto bits = modulus_bits(text_at(object, "n")); kind == "RSA" && bits < fewest_bits)
            return mistakes.push_back(called + " has " + std::to_string(bits) +
                                      " bits; RSA needs 2048, so it is not used");
        const auto text = json::serialize(each);
        cjose_err error{};
        Key key(cjose_jwk_import(text.data(), text.size(), &error));
        if (!key) return mistakes.push_back(called + " makes no sense");
        all.push_back({std::string(text_at(object, "kid")), std::string(text_at(object, "alg")), std::move(key)});
    }

    bool verify(cjose_jws_t* jws, std::string_view id, std::string_view algorithm) const {
        for (const auto& each : all) {
            if (!id.empty() && !each.id.empty() && each.id != id) continue;
            if (!each.algorithm.empty() && each.algorithm != algorithm) continue;
            const bool elliptic = algorithm.starts_with("ES");
            cjose_err error{};
            if ((cjose_jwk_get_kty(each.key.get(), &error) == CJOSE_JWK_KTY_EC) != elliptic) continue;
            if (cjose_jws_verify(jws, each.key.get(), &error)) return true;
        }
        return false;
    }
};

BearerLogin::BearerLogin(BearerOptions options, std::function<void(const std::string&)> tell)
    : options_(std::move(options)), tell_(std::move(tell)) {}

BearerLogin::~BearerLogin() = default;

std::string BearerLogin::generation() const {
    return file_stamp(options_.keys);
}

std::shared_ptr<const BearerLogin::Keys> BearerLogin::keys() {
    auto now = file_stamp(options_.keys);
    const std::lock_guard guard(mutex_);
    if (keys_ && now == read_at_) return keys_;
    const auto made = std::make_shared<Keys>();
    std::vector<std::string> mistakes;
    try {
        const auto set = json::parse(read_file(options_.keys).value_or(""));
        for (const auto& each : set.at("keys").as_array()) made->add(each, mistakes);
        if (made->all.empty()) mistakes.emplace_back("there is no RSA or EC key for signatures in it");
    } catch (const std::exception&) {
        mistakes.emplace_back("it is not a JWK set (RFC 7517) that can be read");
    }
    for (const auto& mistake : mistakes) tell_(options_.keys + ": " + mistake);
    keys_ = made;
    read_at_ = std::move(now);
    return keys_;
}

std::expected<BearerLogin::Holder, std::string> BearerLogin::check(const std::string& token) {
    cjose_err error{};
    const Signed jws(cjose_jws_import(token.data(), token.size(), &error));
    if (!jws) return std::unexpected("the token is not a signed JWT");
    auto* header = cjose_jws_get_protected(jws.get());
    const auto said = [&](const char* name) {
        const char* text = cjose_header_get(header, name, &error);
        return std::string(text ? text : "");
    };
    const std::unique_ptr<char, decltype(&std::free)> critical(cjose_header_get_raw(header, "crit", &error),
                                                               &std::free);
    if (critical) return std::unexpected("the token has extensions that must be understood (crit), and none are here");
    const auto algorithm = said("alg");
    if (!is_asymmetric(algorithm)) return std::unexpected("the token is not signed with a public-key algorithm");
    if (!keys()->verify(jws.get(), said("kid"), algorithm))
        return std::unexpected("no key known here made the token's signature");
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, &error)) return std::unexpected("the token is empty");
    boost::system::error_code broken;
    const auto parsed = json::parse({reinterpret_cast<const char*>(bytes), size}, broken);
    if (broken || !parsed.is_object()) return std::unexpected("the token holds no claims");
    const auto& claims = parsed.get_object();
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    std::optional<std::int64_t> ends, begins;
    for (auto [name, time] : {std::pair("exp", &ends), std::pair("nbf", &begins)})
        if (!take_time(claims, name, *time)) return std::unexpected(std::string("the token's ") + name + " is no time");
    if (!ends) return std::unexpected("the token has no end (exp)");
    if (now.count() >= *ends + clock_skew.count()) return std::unexpected("the token has ended");
    if (begins && now.count() + clock_skew.count() < *begins) return std::unexpected("the token is not valid yet");
    if (!options_.issuer.empty() && text_at(claims, "iss") != options_.issuer)
        return std::unexpected("the token was issued by somebody else");
    if (!options_.audience.empty() && !names(claims, "aud", options_.audience))
        return std::unexpected("the token is for somebody else");
    Holder holder{std::string(text_at(claims, options_.user_claim)), list_at(claims, options_.groups_claim),
                  std::chrono::seconds(std::max<std::int64_t>(*ends + clock_skew.count() - now.count(), 0))};
    if (holder.user.empty()) return std::unexpected("the token has no claim \"" + options_.user_claim + "\"");
    return holder;
}

}  // namespace davit::login

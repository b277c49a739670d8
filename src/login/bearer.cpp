#include "davit/login/bearer.hpp"

#include <algorithm>

#include "davit/login/file_stamp.hpp"
#include "davit/login/signed_token.hpp"
#include "token_json.hpp"

namespace davit::login {
namespace {

namespace json = boost::json;
constexpr std::chrono::seconds clock_skew{60};

/// Seconds since 1970, if the claim exists; RFC 7519 allows a fraction. Returns false when the claim exists and is not
/// a time (4.1.4, 4.1.5).
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

}  // namespace

BearerLogin::BearerLogin(BearerOptions options, std::function<void(const std::string&)> tell)
    : options_(std::move(options)), tell_(std::move(tell)) {}

std::string BearerLogin::generation() const {
    return file_stamp(options_.keys);
}

std::shared_ptr<const KeySet> BearerLogin::keys() {
    auto now = file_stamp(options_.keys);
    const std::lock_guard guard(mutex_);
    if (keys_ && now == read_at_) return keys_;
    std::vector<std::string> mistakes;
    keys_ = std::make_shared<const KeySet>(KeySet::read(read_file(options_.keys).value_or(""), mistakes));
    for (const auto& mistake : mistakes) tell_(options_.keys + ": " + mistake);
    read_at_ = std::move(now);
    return keys_;
}

std::expected<BearerLogin::Holder, std::string> BearerLogin::check(std::string_view token) {
    const auto parsed = parse_signed_token(token);
    if (!parsed) return std::unexpected(parsed.error());
    if (!keys()->verify(*parsed))
        return std::unexpected("no key known here made the token's signature with the algorithm it names (alg)");
    const auto now = std::chrono::system_clock::now();
    return holder_of(parsed->claims, options_, std::chrono::floor<std::chrono::seconds>(now));
}

std::expected<BearerLogin::Holder, std::string> BearerLogin::holder_of(std::string_view text,
                                                                       const BearerOptions& options,
                                                                       std::chrono::sys_seconds at) {
    const auto parsed = parse_json_object(text);
    if (!parsed) return std::unexpected("the token holds no claims");
    const auto& claims = *parsed;
    const auto now = at.time_since_epoch();
    std::optional<std::int64_t> ends, begins;
    for (auto [name, time] : {std::pair("exp", &ends), std::pair("nbf", &begins)})
        if (!take_time(claims, name, *time)) return std::unexpected(std::string("the token's ") + name + " is no time");
    if (!ends) return std::unexpected("the token has no end (exp)");
    if (now.count() >= *ends + clock_skew.count()) return std::unexpected("the token has ended");
    if (begins && now.count() + clock_skew.count() < *begins) return std::unexpected("the token is not valid yet");
    if (!options.issuer.empty() && text_at(claims, "iss") != options.issuer)
        return std::unexpected("the token is from another issuer");
    if (!options.audience.empty() && !names(claims, "aud", options.audience))
        return std::unexpected("the token is for another audience");
    Holder holder{std::string(text_at(claims, options.user_claim)), list_at(claims, options.groups_claim),
                  std::chrono::seconds(std::max<std::int64_t>(*ends + clock_skew.count() - now.count(), 0))};
    if (holder.user.empty()) return std::unexpected("the token has no claim \"" + options.user_claim + "\"");
    if (holder.user.size() > longest_user_name)
        return std::unexpected("the token names a user of more than " + std::to_string(longest_user_name) + " bytes");
    return holder;
}

}  // namespace davit::login

#include "davit/login/digest.hpp"

#include <algorithm>
#include <charconv>

#include "davit/headers/scanner.hpp"

namespace davit::login {
namespace {

using Parameters = DigestLogin::Parameters;

std::string_view value(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

std::string response_to(const Parameters& given, std::string_view secret, std::string_view method, bool sha256) {
    const char* algorithm = sha256 ? "SHA256" : "MD5";
    const auto colon = [](std::initializer_list<std::string_view> parts) {
        std::string joined;
        for (const auto part : parts) (joined += joined.empty() ? "" : ":") += part;
        return joined;
    };
    const auto request = hex_digest(algorithm, colon({method, value(given, "uri")}));
    return hex_digest(
        algorithm, colon({secret, value(given, "nonce"), value(given, "nc"), value(given, "cnonce"), "auth", request}));
}

/// No nonce of this server contains a blank.
std::string key_of(std::string_view nonce, std::string_view user) {
    return std::string(nonce) + ' ' + std::string(user);
}

/// Some clients write the absolute form although they sent the path.
bool same_target(std::string_view uri, const DigestLogin::Target& target) {
    const auto is_target = [&](std::string_view text) {
        return text == target.rest || (!target.prefix.empty() && text.starts_with(target.prefix) &&
                                       text.substr(target.prefix.size()) == target.rest);
    };
    if (is_target(uri)) return true;
    const auto scheme = uri.find("://");
    if (scheme == std::string_view::npos) return false;
    const auto path = uri.find('/', scheme + 3);
    return is_target(path == std::string_view::npos ? "/" : uri.substr(path));
}

}  // namespace

std::string DigestLogin::make_nonce() const {
    const auto ticks = std::to_string(Clock::now().time_since_epoch().count()) + "." + random_hex(8);
    const auto proof = key_.hash(ticks);
    return ticks + "." + hex(proof.data(), proof.size());
}

std::optional<DigestLogin::Clock::time_point> DigestLogin::issued(std::string_view nonce) const {
    const auto dot = nonce.rfind('.');
    if (dot == nonce.npos) return std::nullopt;
    const auto proof = key_.hash(nonce.substr(0, dot));
    if (!equal_in_constant_time(hex(proof.data(), proof.size()), nonce.substr(dot + 1))) return std::nullopt;
    Clock::rep ticks = 0;
    const auto number = nonce.substr(0, nonce.find('.'));
    std::from_chars(number.data(), number.data() + number.size(), ticks);
    return Clock::time_point(Clock::duration(ticks));
}

std::string_view DigestLogin::user_of(const Parameters& given) {
    return value(given, "username");
}

bool DigestLogin::in_use(const Parameters& given) {
    const auto key = key_of(value(given, "nonce"), user_of(given));
    const std::lock_guard guard(mutex_);
    return counts_.find(key) != nullptr;
}

/// RFC 7616, 5.5: the same count with the same nonce is a replay.
DigestLogin::Use DigestLogin::use(const std::string& nonce, std::uint32_t count, Clock::time_point issued_at,
                                  const std::string& user) {
    const auto key = key_of(nonce, user);
    const auto now = Clock::now();
    const std::lock_guard guard(mutex_);
    auto* counts = counts_.find(key);
    if (!counts) {
        const auto floor = floors_.find(user);
        if (floor != floors_.end() && issued_at <= floor->second) return Use::repeated;
        counts_.drop_while([&](const Counts& each) { return now - each.begun > nonce_life; });
        counts_.put(key, user, Counts{count, 1, issued_at, now, user}, sizeof(Counts) + key.size() + user.size(),
                    [&](const Counts& evicted) { raise_floor(evicted); });
        return Use::first;
    }
    if (count > counts->highest) {
        const auto step = count - counts->highest;
        counts->seen = step >= 64 ? 1 : (counts->seen << step) | 1;
        counts->highest = count;
        return Use::further;
    }
    const auto behind = counts->highest - count;
    if (behind >= 64 || (counts->seen >> behind & 1) != 0) return Use::repeated;
    counts->seen |= std::uint64_t{1} << behind;
    return Use::further;
}

/// The caller holds the lock.
void DigestLogin::raise_floor(const Counts& evicted) {
    const auto [floor, made] = floors_.try_emplace(evicted.user, evicted.issued);
    floor->second = std::max(floor->second, evicted.issued);
    // A floor older than every accepted nonce has no effect.
    if (made) std::erase_if(floors_, [&](const auto& each) { return Clock::now() - each.second > nonce_life; });
}

DigestLogin::Checked DigestLogin::check(const Parameters& given, std::string_view method, const Target& target,
                                        const Accounts& accounts) {
    const auto algorithm = value(given, "algorithm");
    const bool sha256 = headers::iequals(algorithm, "SHA-256");
    const bool known = sha256 || algorithm.empty() || headers::iequals(algorithm, "MD5");
    std::uint32_t count = 0;
    const auto nc = value(given, "nc");
    const auto [end, error] = std::from_chars(nc.data(), nc.data() + nc.size(), count, 16);
    const bool counted = error == std::errc() && nc.size() == 8 && end == nc.data() + nc.size() && count > 0;
    if (!known || !counted || value(given, "qop") != "auth" || value(given, "cnonce").empty() ||
        !same_target(value(given, "uri"), target))
        return {Answer::malformed, {}};
    const std::string user(value(given, "username"));
    const std::string nonce(value(given, "nonce"));
    const auto made = issued(nonce);
    if (!made || Clock::now() - *made > nonce_life) return {Answer::stale, user};
    const auto secret = accounts.digest_secret(user, realm_, sha256);
    const auto expected = response_to(given, secret.empty() ? "nobody" : secret, method, sha256);
    const bool right = equal_in_constant_time(expected, value(given, "response")) && !secret.empty();
    if (!right) return {Answer::wrong, user};
    const auto used = use(nonce, count, *made, user);
    return {used == Use::repeated ? Answer::stale : Answer::right, user, used == Use::first};
}

std::string DigestLogin::challenge(bool sha256, bool stale) const {
    return "Digest realm=\"" + realm_ + "\", qop=\"auth\", algorithm=" + (sha256 ? "SHA-256" : "MD5") + ", nonce=\"" +
           make_nonce() + "\"" + (stale ? ", stale=true" : "");
}

}  // namespace davit::login

#include "davit/login/authenticator.hpp"

#include <algorithm>

#include "davit/core/utf8.hpp"
#include "davit/headers/base64.hpp"
#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::login {
namespace {

using headers::iequals;

constexpr std::string_view use_https = "The server does not accept passwords over plain http: use https.";

Verdict passed(IdentityPtr identity) {
    return {std::move(identity), std::nullopt, false};
}

Verdict refused(FailureCode code, std::string sentence) {
    return {nullptr, Failure{code, std::move(sentence), {}}, false};
}

std::vector<std::string> list(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty())
        if (const auto item = headers::next_element(text); !item.empty()) items.emplace_back(item);
    return items;
}

}  // namespace

Authenticator::Authenticator(Options options, const std::function<void(const std::string&)>& tell)
    : options_(std::move(options)),
      files_(options_.files, tell),
      cache_(options_.remembered),
      digest_(options_.realm),
      bearer_(options_.bearer, tell) {
    if (!options_.open()) files_.current();  // logs mistakes at the start, not at the first login
}

std::optional<Verdict> Authenticator::at_once(const Attempt& attempt) {
    return examine(attempt, Slow::refused);
}

Verdict Authenticator::decide(const Attempt& attempt) {
    return *examine(attempt, Slow::allowed);
}

std::optional<Verdict> Authenticator::examine(const Attempt& attempt, Slow slow) {
    if (!options_.user_header.empty() && !attempt.user.empty()) return named_by_proxy(attempt);
    if (attempt.authorization.empty()) {
        if (options_.anonymous) return passed(nullptr);
        if (!offers_any(attempt.private_way)) return Verdict{nullptr, no_way_in(), false};
        return refused(FailureCode::unauthorized, "This needs a login.");
    }
    const auto given = headers::parse_authorization(attempt.authorization);
    if (given && iequals(given->scheme, "Basic") && !options_.files.users.empty())
        return basic(attempt, given->rest, slow);
    if (given && iequals(given->scheme, "Bearer") && !options_.bearer.keys.empty())
        return bearer(attempt, given->rest, slow);
    if (given && iequals(given->scheme, "Digest") && !options_.files.digest.empty())
        return digest(attempt, given->rest);
    return refused(FailureCode::scheme_not_offered, "The server does not offer this login scheme.");
}

Verdict Authenticator::named_by_proxy(const Attempt& attempt) {
    if (attempt.user.size() > longest_user_name)
        return refused(FailureCode::user_name_too_long,
                       "The proxy in front named a user of more than " + std::to_string(longest_user_name) + " bytes.");
    // A proxy that checks a Basic login forwards the client's bytes unchanged.
    return passed(files_.current()->identity(from_utf8_or_windows_1252(attempt.user),
                                             list(from_utf8_or_windows_1252(attempt.groups))));
}

/// Users whom a token or a proxy names need no account here.
IdentityPtr Authenticator::known_user(std::string_view name) {
    const auto accounts = files_.current();
    if (const auto* account = accounts->find(name)) return account->identity;
    const bool named_elsewhere = !options_.bearer.keys.empty() || !options_.user_header.empty();
    const bool has_digest = std::ranges::find(accounts->names(), name) != accounts->names().end();
    return named_elsewhere || has_digest ? accounts->identity(name) : nullptr;
}

std::optional<Verdict> Authenticator::held_back(const Attempt& attempt, std::string_view account) {
    const auto held = backoff_.held(attempt.address, account, Backoff::Clock::now());
    if (held.wait.count() == 0) return std::nullopt;
    auto verdict = refused(FailureCode::too_many_requests,
                           held.because_of_account
                               ? "Too many wrong logins with this user name came from other addresses; wait, or use an "
                                 "address from which this user has logged in before."
                               : "Too many wrong logins came from this address; wait.");
    verdict.refused->retry_after = held.wait;
    return verdict;
}

Verdict Authenticator::wrong(const Attempt& attempt, std::string_view account, FailureCode code, std::string sentence) {
    backoff_.failed(attempt.address, account, Backoff::Clock::now());
    return refused(code, std::move(sentence));
}

void Authenticator::right(const Attempt& attempt, std::string_view account) {
    backoff_.succeeded(attempt.address, account, Backoff::Clock::now());
}

std::optional<Verdict> Authenticator::basic(const Attempt& attempt, std::string_view token, Slow slow) {
    if (!offers_basic(attempt.private_way)) return refused(FailureCode::insecure_login, std::string(use_https));
    auto pair = headers::from_base64(token);
    // RFC 7617 leaves the encoding open, and many clients send Latin-1.
    if (pair && !is_utf8(*pair)) pair = from_utf8_or_windows_1252(*pair);
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return refused(FailureCode::bad_header, "Authorization: this is not base64 of \"name:password\" (RFC 7617).");
    const auto name = std::string_view(*pair).substr(0, colon);
    const auto accounts = files_.current();
    // The cache key is the decoded login, not its text: a client cannot fill others' room with different encodings of
    // one login.
    if (auto known = cache_.find(*pair, accounts, attempt.address)) {
        if (known.new_address) right(attempt, name);
        return passed(std::move(known.identity));
    }
    if (auto wait = held_back(attempt, name)) return wait;
    if (slow == Slow::refused) return std::nullopt;
    const auto* account = accounts->find(name);
    const auto& hash = account ? account->hash : accounts->decoy();
    const bool matches = password_matches(pair->substr(colon + 1), hash);
    if (!account || !matches)
        return wrong(attempt, name, FailureCode::wrong_credentials, "The user name or the password is wrong.");
    cache_.remember(*pair, accounts, account->identity);
    right(attempt, name);
    return passed(account->identity);
}

std::optional<Verdict> Authenticator::bearer(const Attempt& attempt, std::string_view token, Slow slow) {
    const auto accounts = files_.current();
    const auto credentials = bearer_.generation() + std::string(token);
    if (auto known = cache_.find(credentials, accounts, attempt.address)) return passed(std::move(known.identity));
    if (auto wait = held_back(attempt, "")) return wait;
    if (slow == Slow::refused) return std::nullopt;
    const auto holder = bearer_.check(token);
    if (!holder)
        return wrong(attempt, "", FailureCode::invalid_token, "The bearer token is not good: " + holder.error() + ".");
    auto identity = accounts->identity(holder->user, holder->groups);
    cache_.remember(credentials, accounts, identity, holder->left);
    return passed(std::move(identity));
}

Verdict Authenticator::digest(const Attempt& attempt, std::string_view parameters) {
    const auto given = headers::parse_authorization_parameters(parameters);
    const auto name = given ? DigestLogin::user_of(*given) : "";
    if (given && !digest_.in_use(*given))
        if (auto wait = held_back(attempt, name)) return *wait;
    const auto accounts = files_.current();
    const auto checked = given ? digest_.check(*given, attempt.method, {attempt.prefix, attempt.target}, *accounts)
                               : DigestLogin::Checked{};
    switch (checked.answer) {
        case DigestLogin::Answer::right:
            if (checked.first) right(attempt, name);
            return passed(accounts->identity(checked.user));
        case DigestLogin::Answer::stale: {
            auto verdict = refused(FailureCode::stale_nonce, "The nonce is used up; here is a new one.");
            verdict.stale = true;
            return verdict;
        }
        case DigestLogin::Answer::malformed:
            return refused(FailureCode::bad_header,
                           "Authorization: the Digest parameters make no sense for this request (RFC 7616, 3.4).");
        case DigestLogin::Answer::wrong:
            break;
    }
    return wrong(attempt, name, FailureCode::wrong_credentials, "The user name or the password is wrong.");
}

Failure Authenticator::no_way_in() const {
    if (!options_.files.users.empty()) return {FailureCode::insecure_login, std::string(use_https), {}};
    return {FailureCode::no_proxy_user, "The proxy in front named no user.", {}};
}

bool Authenticator::offers_any(bool private_way) const {
    return offers_basic(private_way) || !options_.files.digest.empty() || !options_.bearer.keys.empty();
}

bool Authenticator::offers_basic(bool private_way) const {
    return !options_.files.users.empty() && (private_way || options_.basic_over_plain_http);
}

std::vector<std::string> Authenticator::challenges(bool private_way, bool stale) const {
    std::vector<std::string> all;
    if (!options_.files.digest.empty()) {
        all.push_back(digest_.challenge(true, stale));
        all.push_back(digest_.challenge(false, stale));
    }
    if (offers_basic(private_way)) all.push_back("Basic realm=\"" + options_.realm + "\", charset=\"UTF-8\"");
    if (!options_.bearer.keys.empty()) all.push_back("Bearer realm=\"" + options_.realm + "\"");
    return all;
}

}  // namespace davit::login

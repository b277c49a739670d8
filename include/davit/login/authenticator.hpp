#pragma once
// Whether a request comes from whom it says. No rights here: what somebody may do is decided elsewhere.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/failure.hpp"
#include "davit/login/accounts.hpp"
#include "davit/login/backoff.hpp"
#include "davit/login/bearer.hpp"
#include "davit/login/credential_cache.hpp"
#include "davit/login/digest.hpp"

namespace davit::login {

struct Options {
    AccountPaths files;
    BearerOptions bearer;
    std::string realm = "Davit";           ///< no quotes, no backslashes
    std::string user_header;               ///< a trusted proxy names the user there; "": it does not
    std::string groups_header;             ///< and their groups, separated by commas
    bool anonymous = false;                ///< requests without credentials pass, as nobody's
    bool basic_over_plain_http = false;    ///< although everybody on the way can read the password
    std::chrono::seconds remembered{300};  ///< credentials found good

    /// Nothing is configured: everybody is nobody, and nobody is asked.
    bool open() const {
        return files.users.empty() && files.digest.empty() && bearer.keys.empty() && user_header.empty();
    }
};

/// What a request says of its sender. The texts belong to the caller.
struct Attempt {
    std::string_view authorization;   ///< the field's value, "" when there is none
    std::string_view method, target;  ///< as they came, for Digest
    std::string_view prefix;          ///< what a proxy has taken off the target
    std::string_view address;         ///< of the client
    std::string_view user, groups;    ///< values of the proxy's fields, "" unless the proxy is trusted
    bool private_way = false;  ///< nobody can listen in: TLS, loopback, a unix socket; or so a trusted proxy says
};

struct Verdict {
    IdentityPtr identity;            ///< null with `refused` empty: nobody, which is allowed
    std::optional<Failure> refused;  ///< its status is 401, 403, 400 or 429
    bool stale = false;              ///< Digest: the same again with a new nonce is welcome
};

/// Thread-safe.
class Authenticator {
public:
    /// `tell`: gets a line for the log about each mistake in a file.
    Authenticator(Options options, const std::function<void(const std::string&)>& tell);

    /// What is known without computing anything slow; nothing when decide() has to.
    std::optional<Verdict> at_once(const Attempt& attempt);
    /// As slow as the slowest password hash: on a worker only. Unknown users take as long as wrong passwords.
    Verdict decide(const Attempt& attempt);
    /// Whose a request is that logs in with this name; null when nobody can. For what an operator asks about a user.
    IdentityPtr known_user(std::string_view name);
    /// The values of WWW-Authenticate, a line each (RFC 9110, 11.6.1); none when the proxy alone names users.
    std::vector<std::string> challenges(bool private_way, bool stale) const;
    /// Why there are none: only passwords are configured and the way is not private, or the proxy names the users.
    Failure no_way_in() const;

private:
    enum class Slow : bool { refused, allowed };
    std::optional<Verdict> examine(const Attempt& attempt, Slow slow);
    std::optional<Verdict> basic(const Attempt& attempt, std::string_view token, Slow slow);
    std::optional<Verdict> bearer(const Attempt& attempt, std::string_view token, Slow slow);
    Verdict digest(const Attempt& attempt, std::string_view parameters);
    Verdict named_by_proxy(const Attempt& attempt);
    /// `account`: the name that is claimed; "": none is, before the credentials are looked at.
    std::optional<Verdict> held_back(const Attempt& attempt, std::string_view account);
    Verdict wrong(const Attempt& attempt, std::string_view account, FailureCode code, std::string sentence);
    void right(const Attempt& attempt, std::string_view account);
    bool offers_basic(bool private_way) const;
    bool offers_any(bool private_way) const;

    const Options options_;
    AccountFiles files_;
    CredentialCache cache_;
    Backoff backoff_;
    DigestLogin digest_;
    BearerLogin bearer_;
};

}  // namespace davit::login

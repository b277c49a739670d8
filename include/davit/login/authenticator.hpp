#pragma once
// Authentication: verifies the identity that a request claims. Access rules decide about rights elsewhere.
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
    std::string user_header;               ///< the field in which a trusted proxy names the user; "": none
    std::string groups_header;             ///< the field in which it names their groups, separated by commas
    bool anonymous = false;                ///< the server accepts requests without credentials as anonymous
    bool basic_over_plain_http = false;    ///< although everyone on the network path can read the password
    std::chrono::seconds remembered{300};  ///< how long the server trusts verified credentials without a new check

    /// No authentication is configured: every request is anonymous.
    bool open() const {
        return files.users.empty() && files.digest.empty() && bearer.keys.empty() && user_header.empty();
    }
};

/// What a request says of its sender. The caller owns the texts.
struct Attempt {
    std::string_view authorization;   ///< the field's value, "" when there is none
    std::string_view method, target;  ///< as received, for Digest
    std::string_view prefix;          ///< the part of the target that a proxy has removed
    std::string_view address;         ///< of the client
    std::string_view user, groups;    ///< values of the proxy's fields; "" unless the proxy is trusted
    bool private_way =
        false;  ///< the connection is confidential: TLS, loopback, a unix socket, or a trusted proxy says so
};

struct Verdict {
    IdentityPtr identity;            ///< null with `refused` empty: the request is anonymous, and that is allowed
    std::optional<Failure> refused;  ///< its status is 401, 403, 400 or 429
    bool stale = false;              ///< Digest: the client should repeat the request with a new nonce
};

/// Thread-safe.
class Authenticator {
public:
    /// `tell` receives a log line about each mistake in a file.
    Authenticator(Options options, const std::function<void(const std::string&)>& tell);

    /// Decides without slow computations. Returns nothing when only decide() can.
    std::optional<Verdict> at_once(const Attempt& attempt);
    /// As slow as the slowest password hash: call it on a worker only. Unknown users take as long as wrong passwords.
    Verdict decide(const Attempt& attempt);
    /// The identity of a request that logs in with this name; null when the name cannot log in. For an operator's
    /// questions about a user.
    IdentityPtr known_user(std::string_view name);
    /// The values of WWW-Authenticate, one for each line (RFC 9110, 11.6.1); none when only the proxy names users.
    std::vector<std::string> challenges(bool private_way, bool stale) const;
    /// Says why challenges() is empty: only passwords are configured and the connection is not confidential, or the
    /// proxy names the users.
    Failure no_way_in() const;

private:
    enum class Slow : bool { refused, allowed };
    std::optional<Verdict> examine(const Attempt& attempt, Slow slow);
    std::optional<Verdict> basic(const Attempt& attempt, std::string_view token, Slow slow);
    std::optional<Verdict> bearer(const Attempt& attempt, std::string_view token, Slow slow);
    Verdict digest(const Attempt& attempt, std::string_view parameters);
    Verdict named_by_proxy(const Attempt& attempt);
    /// `account`: the claimed name; "" before the credentials are read.
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

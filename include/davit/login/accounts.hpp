#pragma once
// The accounts: the files of users, groups and digests, which the server rereads when they change.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/identity.hpp"

namespace davit::login {

struct AccountPaths {
    std::string users;   ///< lines "name:hash" in crypt(3)'s form: bcrypt, SHA-crypt, yescrypt; "": none
    std::string groups;  ///< lines "group: name name"; "": none
    std::string digest;  ///< lines "name:realm:hex(MD5 or SHA-256 of name:realm:password)"; "": none
};

/// The contents of the files at one time. Immutable.
class Accounts {
public:
    struct Account {
        std::string hash;  ///< "": the account has no password and can log in by other means only
        IdentityPtr identity;
    };

    const Account* find(std::string_view name) const;
    /// The users whose lines are valid, each once and in the order of the users' file, or of the digest file where no
    /// users' file is configured.
    const std::vector<std::string>& names() const { return names_; }
    /// The account's identity. For a user without an account (named by a proxy or a token) it makes one with the groups
    /// that the file gives to the name.
    IdentityPtr identity(std::string_view name, std::vector<std::string> further_groups = {}) const;
    /// A hash to compare with when the user is unknown, so that the response takes the same time.
    const std::string& decoy() const { return decoy_; }
    /// hex(H(name:realm:password)), where its length tells H; "" when the account has none.
    std::string_view digest_secret(std::string_view name, std::string_view realm, bool sha256) const;

    /// A name in the groups file, which need not have an account.
    struct Member {
        std::string name, group;
        std::size_t line = 0;
    };
    const std::vector<Member>& members() const { return members_; }
    bool has_digests() const { return !digests_.empty(); }
    /// True when any user can log in by Digest in this realm.
    bool has_digests_of(std::string_view realm) const;

    static std::shared_ptr<const Accounts> read(const AccountPaths& paths, std::vector<std::string>& mistakes);

private:
    std::map<std::string, Account, std::less<>> users_;
    std::map<std::string, std::vector<std::string>, std::less<>> groups_of_;
    std::map<std::string, std::string, std::less<>> digests_;  ///< "name:realm:length"
    std::vector<std::string> names_;
    std::vector<Member> members_;
    std::string decoy_;
};

/// Gives the files' current contents. Thread-safe. Each call costs one stat(2) for each file.
class AccountFiles {
public:
    /// `tell` receives a log line about each mistake in a file.
    AccountFiles(AccountPaths paths, std::function<void(const std::string&)> tell);
    std::shared_ptr<const Accounts> current();

private:
    std::string stamp() const;
    AccountPaths paths_;
    std::function<void(const std::string&)> tell_;
    std::mutex mutex_;
    std::string read_at_;
    std::shared_ptr<const Accounts> accounts_;
};

/// True when crypt(3) makes `hash` of `password`. As slow as the hash is meant to be: never call it on an event loop.
bool password_matches(const std::string& password, const std::string& hash);
/// True when crypt(3) knows this kind of hash and the kind is not broken.
bool is_known_hash(std::string_view hash);
/// Says why no password can match a hash of a known kind; "" for a valid hash.
std::string broken_hash(const std::string& hash);

}  // namespace davit::login

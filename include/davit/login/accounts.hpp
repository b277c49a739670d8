#pragma once
// Who has an account: the files of users, groups and digests, read again whenever they change.
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
    std::string users;   ///< lines "name:hash" as crypt(3) knows it: bcrypt, SHA-crypt, yescrypt; "": none
    std::string groups;  ///< lines "group: name name"; "": none
    std::string digest;  ///< lines "name:realm:hex(MD5 or SHA-256 of name:realm:password)"; "": none
};

/// One reading of the files. Immutable.
class Accounts {
public:
    struct Account {
        std::string hash;  ///< "": no password; can log in by other means only
        IdentityPtr identity;
    };

    const Account* find(std::string_view name) const;
    /// Whose lines are used, once each and in the order of the file: of users, or of digests where there is no such.
    const std::vector<std::string>& names() const { return names_; }
    /// The account's identity; for somebody without an account (a proxy's user, a token's) one is made, with the
    /// groups the file gives to the name.
    IdentityPtr identity(std::string_view name, std::vector<std::string> further_groups = {}) const;
    /// What takes the place of an unknown user's hash, so that the answer takes as long.
    const std::string& decoy() const { return decoy_; }
    /// hex(H(name:realm:password)) with H by its length, "" when there is none.
    std::string_view digest_secret(std::string_view name, std::string_view realm, bool sha256) const;

    /// A name in the file of groups, which need not have an account.
    struct Member {
        std::string name, group;
        std::size_t line = 0;
    };
    const std::vector<Member>& members() const { return members_; }
    bool has_digests() const { return !digests_.empty(); }
    /// Whether anybody can log in by Digest where the realm has this name.
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

/// The files as they are now. Thread-safe. Costs a stat(2) a file a call.
class AccountFiles {
public:
    /// `tell`: gets a line for the log about each mistake in a file.
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

/// True when crypt(3) makes `hash` of `password`. As slow as the hash was made to be: never on an event loop.
bool password_matches(const std::string& password, const std::string& hash);
/// Whether crypt(3) knows this kind of hash, and it is none of those that are broken.
bool is_known_hash(std::string_view hash);
/// Says why no password can match a hash of a known kind. "" for a sound hash.
std::string broken_hash(const std::string& hash);

}  // namespace davit::login

#include "davit/login/accounts.hpp"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "davit/core/printable.hpp"
#include "davit/headers/scanner.hpp"
#include "davit/login/crypto.hpp"
#include "davit/login/file_stamp.hpp"

namespace davit::login {
namespace {

/// Calls `take` with every line that has content. `take` returns the mistake in the line.
template <typename Take>
void read_lines(const std::string& path, std::vector<std::string>& mistakes, Take take) {
    if (path.empty()) return;
    const auto content = read_file(path);
    if (!content) {
        mistakes.push_back(path + ": cannot be read; no user in it can log in");
        return;
    }
    std::istringstream in(*content);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.ends_with('\r')) line.pop_back();
        const auto text = headers::trim(line);
        if (text.empty() || text.starts_with('#')) continue;
        if (const std::string wrong = take(text, number); !wrong.empty())
            mistakes.push_back(path + ":" + std::to_string(number) + ": " + wrong + "; the line is not used");
    }
}

bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::none_of(name, [](unsigned char c) { return c < 0x21 || c == 0x7F; });
}

std::string digest_key(std::string_view name, std::string_view realm, std::size_t length) {
    return std::string(name) + ':' + std::string(realm) + ':' + std::to_string(length);
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_known_hash(std::string_view hash) {
    static constexpr std::array kinds{"$2y$", "$2b$", "$2a$", "$5$", "$6$", "$y$", "$gy$", "$7$"};
    return std::ranges::any_of(kinds, [&](std::string_view kind) { return hash.starts_with(kind); });
}

namespace {

/// The letters of crypt(3)'s base 64.
bool is_crypt_letter(char c) {
    const char low = headers::lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

/// The length of the part after the last '$': for bcrypt the salt and the sum.
std::size_t letters_of_hash(std::string_view hash) {
    if (hash.starts_with("$2")) return 53;
    return hash.starts_with("$6$") ? 86 : 43;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// True when the parts before the last '$' fit the kind. crypt(3) itself would take many other texts for a salt.
bool has_parameters(std::string_view hash) {
    std::vector<std::string_view> parts;  // of "$6$salt$sum": "6", "salt", "sum"
    for (auto rest = hash.substr(1);;) {
        const auto end = rest.find('$');
        parts.push_back(rest.substr(0, end));
        if (end == rest.npos) break;
        rest.remove_prefix(end + 1);
    }
    const auto kind = parts.front();
    if (kind == "y" || kind == "gy") return parts.size() == 4;
    if (kind == "5" || kind == "6") {
        constexpr std::string_view rounds = "rounds=";
        if (parts.size() != 4) return parts.size() == 3 && !parts[1].starts_with(rounds);
        return parts[1].starts_with(rounds) && is_number(parts[1].substr(rounds.size()));
    }
    if (parts.size() != 3) return false;
    return kind == "7" || (parts[1].size() == 2 && is_number(parts[1]) && parts[1] >= "04" && parts[1] <= "31");
}

}  // namespace

std::string broken_hash(const std::string& hash) {
    const auto sum = std::string_view(hash).substr(hash.rfind('$') + 1);
    const auto wrong = std::ranges::find_if_not(sum, is_crypt_letter);
    if (wrong != sum.end())
        return describe_character(*wrong) + " at position " +
               std::to_string(hash.size() - sum.size() + static_cast<std::size_t>(wrong - sum.begin()) + 1) +
               " of it belongs to no hash";
    if (const auto wanted = letters_of_hash(hash); sum.size() != wanted)
        return std::to_string(wanted) + " characters are expected behind its last '$', and there are " +
               std::to_string(sum.size());
    return has_parameters(hash) ? std::string() : "the parts between its '$' do not fit this kind of hash";
}

bool password_matches(const std::string& password, const std::string& hash) {
    if (password.find('\0') != std::string::npos) return false;
    const auto data = std::make_unique<crypt_data>();
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), data.get());
    return made != nullptr && made[0] != '*' && equal_in_constant_time(made, hash);
}

std::shared_ptr<const Accounts> Accounts::read(const AccountPaths& paths, std::vector<std::string>& mistakes) {
    const auto made = std::make_shared<Accounts>();
    read_lines(paths.groups, mistakes, [&](std::string_view line, std::size_t number) -> std::string {
        const auto colon = line.find(':');
        if (colon == 0 || colon == line.npos) return "expected \"group: name name\"";
        std::istringstream names{std::string(line.substr(colon + 1))};
        const std::string group(headers::trim(line.substr(0, colon)));
        for (std::string name; names >> name;) {
            made->groups_of_[name].push_back(group);
            made->members_.push_back({name, group, number});
        }
        return "";
    });
    read_lines(paths.users, mistakes, [&](std::string_view line, std::size_t) -> std::string {
        const auto colon = line.find(':');
        if (colon == line.npos || !is_name(line.substr(0, colon))) return "expected \"name:hash\"";
        const std::string name(line.substr(0, colon));
        const auto hash = line.substr(colon + 1);
        if (!is_known_hash(hash))
            return "the password of " + name + " is not hashed with bcrypt, SHA-crypt, scrypt or yescrypt";
        if (const auto broken = broken_hash(std::string(hash)); !broken.empty())
            return "the password hash of " + name + " is broken: " + broken;
        if (made->decoy_.empty()) made->decoy_ = hash;
        if (!made->users_.try_emplace(name, std::string(hash), nullptr).second) return name + " is there twice";
        made->names_.push_back(name);
        return "";
    });
    for (auto& [name, account] : made->users_)
        account.identity = std::make_shared<const Identity>(Identity{name, made->groups_of_[name]});
    std::set<std::string, std::less<>> listed;
    read_lines(paths.digest, mistakes, [&](std::string_view line, std::size_t) -> std::string {
        const auto first = line.find(':'), last = line.rfind(':');
        const auto secret = line.substr(last + 1);
        if (first == line.npos || first == 0 || first == last || (secret.size() != 32 && secret.size() != 64) ||
            !is_hex(secret))
            return "expected \"name:realm:hash\" with 32 or 64 hexadecimal digits";
        made->digests_[digest_key(line.substr(0, first), line.substr(first + 1, last - first - 1), secret.size())] =
            secret;
        const auto name = line.substr(0, first);  // has a line for each realm and algorithm
        if (paths.users.empty() && listed.emplace(name).second) made->names_.emplace_back(name);
        return "";
    });
    return made;
}

const Accounts::Account* Accounts::find(std::string_view name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second;
}

IdentityPtr Accounts::identity(std::string_view name, std::vector<std::string> further_groups) const {
    const auto* account = find(name);
    if (account && further_groups.empty()) return account->identity;
    Identity made{std::string(name), std::move(further_groups)};
    const auto groups = groups_of_.find(name);
    if (groups != groups_of_.end()) made.groups.insert(made.groups.end(), groups->second.begin(), groups->second.end());
    return std::make_shared<const Identity>(std::move(made));
}

bool Accounts::has_digests_of(std::string_view realm) const {
    const auto ends = [&](std::size_t length) { return ":" + std::string(realm) + ":" + std::to_string(length); };
    const auto md5 = ends(32), sha256 = ends(64);
    return std::ranges::any_of(
        digests_, [&](const auto& each) { return each.first.ends_with(md5) || each.first.ends_with(sha256); });
}

std::string_view Accounts::digest_secret(std::string_view name, std::string_view realm, bool sha256) const {
    const auto found = digests_.find(digest_key(name, realm, sha256 ? 64 : 32));
    return found == digests_.end() ? std::string_view() : found->second;
}

AccountFiles::AccountFiles(AccountPaths paths, std::function<void(const std::string&)> tell)
    : paths_(std::move(paths)), tell_(std::move(tell)) {}

std::string AccountFiles::stamp() const {
    std::string all;
    for (const auto* path : {&paths_.users, &paths_.groups, &paths_.digest})
        if (!path->empty()) all += file_stamp(*path);
    return all;
}

std::shared_ptr<const Accounts> AccountFiles::current() {
    auto now = stamp();
    const std::lock_guard guard(mutex_);
    if (accounts_ && now == read_at_) return accounts_;
    std::vector<std::string> mistakes;
    accounts_ = Accounts::read(paths_, mistakes);
    read_at_ = std::move(now);
    for (const auto& mistake : mistakes) tell_(mistake);
    return accounts_;
}

}  // namespace davit::login

// Finds what a configuration names and this machine lacks.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>

#include "access_configuration.hpp"
#include "davit/app/configuration.hpp"
#include "davit/login/accounts.hpp"
#include "davit/login/key_set.hpp"
#include "folder_mistake.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

using Found = std::vector<std::string>;

constexpr std::size_t most_key_bytes = 1U << 20U;

void look_at_folder(const std::string& key, const std::filesystem::path& folder, Found& found) {
    if (folder.empty()) return;
    auto wrong = not_a_folder(folder);
    if (wrong.empty()) return;
    if (folder.native().starts_with('~')) wrong += "; only a shell reads ~, write the whole path";
    found.push_back(key + ": " + wrong);
}

/// "davit.toml:4: exports.root"
std::string place_of_root(const Configuration& configuration, const Export& made) {
    const auto line = configuration.lines.find(export_root_key(made));
    if (line == configuration.lines.end()) return "exports.root";
    return configuration.file.string() + ":" + std::to_string(line->second) + ": exports.root";
}

/// Two directories that share files would not share their locks, so the server would not start.
void look_for_nested_exports(const Configuration& configuration, Found& found) {
    for (const auto& one : configuration.exports)
        for (const auto& other : configuration.exports) {
            if (&one == &other || (one.root == other.root && &one < &other)) continue;
            std::error_code none;
            const auto inner = std::filesystem::canonical(one.root, none).string() + "/";
            const auto outer = std::filesystem::canonical(other.root, none).string() + "/";
            if (outer == "/" || !inner.starts_with(outer) || (inner == outer && &one < &other)) continue;
            found.push_back(place_of_root(configuration, one) + ": " + one.root.string() + " of " + one.path.href() +
                            " lies in " + other.root.string() + " of " + other.path.href() +
                            "; no exported folder may be part of another: the server would not start");
        }
}

/// Checks a file that the server creates at its start.
void look_at_parent(const std::string& key, const std::filesystem::path& file, Found& found) {
    if (!file.empty() && file.has_parent_path()) look_at_folder(key, file.parent_path(), found);
}

void look_at_sockets(const http::ServerOptions& server, Found& found) {
    const auto look = [&](const char* key, const std::vector<http::Endpoint>& endpoints) {
        for (const auto& endpoint : endpoints)
            if (const auto* local = std::get_if<http::UnixEndpoint>(&endpoint)) look_at_parent(key, local->path, found);
    };
    look("server.listen", server.endpoints);
    look("tls.listen", server.tls.endpoints);
    look("server.management", server.management);
}

void look_at_keys(const std::string& file, Found& found) {
    if (file.empty()) return;
    const auto text = read_regular_file(file, most_key_bytes);
    if (!text) return found.push_back("auth.jwt_keys: " + file + ": " + text.error() + "; no token will be taken");
    const auto keys = login::KeySet::read(*text, found);
    if (keys.empty()) found.push_back("auth.jwt_keys: " + file + " has no key; no token will be taken");
}

/// All users and groups that rules can name, according to the files.
struct KnownNames {
    std::set<std::string, std::less<>> users, groups;
    std::shared_ptr<const login::Accounts> accounts;
};

KnownNames read_names(const login::Options& login, Found& found) {
    KnownNames known;
    const auto accounts = login::Accounts::read(login.files, found);
    for (const auto& name : accounts->names()) {
        known.users.insert(name);
        for (const auto& group : accounts->identity(name)->groups) known.groups.insert(group);
    }
    known.accounts = accounts;
    return known;
}

/// Puts the key before a warning about a whole file. A warning about one line has the line's place.
void name_keys(const login::AccountPaths& files, std::span<std::string> found) {
    for (auto& each : found)
        for (const auto& [key, file] :
             {std::pair("auth.users", &files.users), std::pair("auth.digest_users", &files.digest),
              std::pair("auth.groups", &files.groups)})
            if (!file->empty() && each.starts_with(*file + ": ")) {
                each = std::string(key) + ": " + each;
                break;
            }
}

/// False when proxies or tokens can name users that no file contains.
bool all_users_are_in_files(const login::Options& login) {
    return login.user_header.empty() && login.bearer.keys.empty();
}

void look_at_rule(const engine::AccessRule& rule, const login::Options& login, const KnownNames& known, Found& found) {
    const auto place = rule.file.empty() ? std::string() : rule.file + ":" + std::to_string(rule.line) + ": ";
    const auto say = [&](const std::string& what) { found.push_back(place + "rules: " + rule.path + ": " + what); };
    for (const auto& user : rule.users) {
        if (user == "*") continue;
        if (user == "anonymous") {
            if (!login.open() && !login.anonymous)
                say("no request is anonymous, because every user must log in (auth.anonymous = false)");
        } else if (user.starts_with('@')) {
            if (all_users_are_in_files(login) && !known.groups.contains(user.substr(1)))
                say("no user belongs to the group " + user.substr(1) + " (auth.groups)");
        } else if (all_users_are_in_files(login) && !known.users.contains(user)) {
            say("there is no user " + user + " (auth.users)");
        }
    }
}

/// Warns of a file without users, or without users who can log in here.
void look_at_accounts(const login::Options& login, const KnownNames& known, Found& found) {
    const auto& file = login.files.users.empty() ? login.files.digest : login.files.users;
    // An unreadable file already has its message.
    if (known.users.empty() && !file.empty() && ::access(file.c_str(), R_OK) == 0)
        found.push_back((login.files.users.empty() ? "auth.digest_users: " : "auth.users: ") + file +
                        " contains no user: no login can succeed");
    if (!login.files.digest.empty() && known.accounts->has_digests() && !known.accounts->has_digests_of(login.realm))
        found.push_back("auth.digest_users: " + login.files.digest + " has no line for the realm \"" + login.realm +
                        "\" (auth.realm): no user in it can log in");
    if (login.open() || !all_users_are_in_files(login)) return;
    for (const auto& each : known.accounts->members())
        if (!known.users.contains(each.name))
            found.push_back(login.files.groups + ":" + std::to_string(each.line) + ": " + each.name + " of the group " +
                            each.group + " has no account: no login with this name can succeed");
}

void look_at_traced_users(const Configuration& configuration, const KnownNames& known, Found& found) {
    const auto& login = configuration.server.login;
    for (const auto& user : configuration.server.trace.filter.users) {
        if (user == "anonymous" && !login.open() && !login.anonymous)
            found.push_back(
                "log.trace_users: anonymous is a request without a login, of which only the refusal is traced");
        else if (user != "anonymous" && login.open())
            found.push_back("log.trace_users: there is no way to log in, so no request is " + user +
                            "'s: say \"anonymous\"");
        else if (user != "anonymous" && all_users_are_in_files(login) && !known.users.contains(user))
            found.push_back("log.trace_users: there is no user " + user + " (auth.users)");
    }
}

void look_at_log(const std::string& file, Found& found) {
    std::error_code none;
    const auto kind = std::filesystem::status(file, none).type();
    if (!file.empty() && kind == std::filesystem::file_type::directory)
        found.push_back("log.file: " + file + " is a directory, and a file is needed: the server would not start");
    else if (!file.empty() && (kind == std::filesystem::file_type::socket || kind == std::filesystem::file_type::block))
        found.push_back("log.file: " + file + " is not a regular file: the server would not start");
    else
        look_at_parent("log.file", file, found);
}

void look_at_names(const Configuration& configuration, const KnownNames& known, Found& found) {
    const auto& login = configuration.server.login;
    look_at_accounts(login, known, found);
    look_at_traced_users(configuration, known, found);
    if (login.open()) return;
    for (const auto& rule : configuration.written_rules) look_at_rule(rule, login, known, found);
}

}  // namespace

std::vector<std::string> names_of_nobody(const Configuration& configuration) {
    Found found, of_lines;
    look_at_names(configuration, read_names(configuration.server.login, of_lines), found);
    return found;
}

std::vector<std::string> missing_on_this_machine(const Configuration& configuration) {
    Found found;
    const auto& server = configuration.server;
    look_at_folder("server.root", configuration.tree.root, found);
    for (const auto& each : configuration.exports) look_at_folder(place_of_root(configuration, each), each.root, found);
    look_for_nested_exports(configuration, found);
    look_at_sockets(server, found);
    if (!server.socket_group.empty() && !http::group_id(server.socket_group))
        found.push_back("server.socket_group: there is no group " + server.socket_group);
    if (configuration.control_socket != "auto")
        look_at_parent("server.control_socket", configuration.control_socket, found);
    look_at_log(configuration.log.file, found);
    look_at_keys(server.login.bearer.keys, found);
    const auto before = found.size();
    const auto known = read_names(server.login, found);
    name_keys(server.login.files, std::span(found).subspan(before));
    look_at_names(configuration, known, found);
    return found;
}

}  // namespace davit::app

// What a configuration names and this machine does not have.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

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
    if (auto wrong = not_a_folder(folder); !wrong.empty()) found.push_back(key + ": " + wrong);
}

/// A file that the server makes when it starts.
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

/// All who can be named in rules, as far as files tell.
struct KnownNames {
    std::set<std::string, std::less<>> users, groups;
};

KnownNames read_names(const login::Options& login, Found& found) {
    KnownNames known;
    const auto accounts = login::Accounts::read(login.files, found);
    for (const auto& name : accounts->names()) {
        known.users.insert(name);
        for (const auto& group : accounts->identity(name)->groups) known.groups.insert(group);
    }
    const auto& file = login.files.users.empty() ? login.files.digest : login.files.users;
    // A file that cannot be read has its line already.
    if (known.users.empty() && !file.empty() && ::access(file.c_str(), R_OK) == 0)
        found.push_back(file + " has no user: nobody in it can log in");
    return known;
}

/// Proxies and tokens name users that stand in no file.
bool all_users_are_in_files(const login::Options& login) {
    return login.user_header.empty() && login.bearer.keys.empty();
}

void look_at_rule(const engine::AccessRule& rule, const login::Options& login, const KnownNames& known, Found& found) {
    const auto say = [&](const std::string& what) { found.push_back("rules: " + rule.path + ": " + what); };
    for (const auto& user : rule.users) {
        if (user == "*") continue;
        if (user == "anonymous") {
            if (!login.open() && !login.anonymous)
                say("anonymous is nobody, because everybody has to log in (auth.anonymous = false)");
        } else if (user.starts_with('@')) {
            if (all_users_are_in_files(login) && !known.groups.contains(user.substr(1)))
                say("no user belongs to the group " + user.substr(1) + " (auth.groups)");
        } else if (all_users_are_in_files(login) && !known.users.contains(user)) {
            say("there is no user " + user + " (auth.users)");
        }
    }
}

}  // namespace

std::vector<std::string> missing_on_this_machine(const Configuration& configuration) {
    Found found;
    const auto& server = configuration.server;
    look_at_folder("server.root", configuration.tree.root, found);
    for (const auto& each : configuration.exports) look_at_folder("exports.root", each.root, found);
    look_at_sockets(server, found);
    if (!server.socket_group.empty() && !http::group_id(server.socket_group))
        found.push_back("server.socket_group: there is no group " + server.socket_group);
    if (configuration.control_socket != "auto")
        look_at_parent("server.control_socket", configuration.control_socket, found);
    look_at_parent("log.file", configuration.log.file, found);
    look_at_keys(server.login.bearer.keys, found);
    const auto known = read_names(server.login, found);
    if (!server.login.open())
        for (const auto& rule : configuration.written_rules) look_at_rule(rule, server.login, known, found);
    return found;
}

}  // namespace davit::app

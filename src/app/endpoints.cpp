#include <algorithm>
#include <filesystem>
#include <optional>

#include "davit/app/configuration.hpp"
#include "davit/core/network.hpp"
#include "davit/http/control_client.hpp"

namespace davit::app {
namespace {

bool is_loopback(std::string_view address) {
    return address == "::1" || address.starts_with("127.");
}

/// A listening address that other machines can reach, and its local equivalent.
struct OpenAddress {
    std::string address;
    std::string instead;
};
std::optional<OpenAddress> open_address(const http::Endpoint& endpoint) {
    if (const auto* passed = std::get_if<http::PassedEndpoint>(&endpoint)) {
        if (passed->address.empty() || is_loopback(passed->address)) return std::nullopt;
        return OpenAddress{passed->address, "127.0.0.1"};
    }
    const auto* tcp = std::get_if<http::TcpEndpoint>(&endpoint);
    if (!tcp || is_loopback(tcp->address)) return std::nullopt;
    const auto port = ":" + std::to_string(tcp->port);
    return OpenAddress{tcp->address.empty() ? "all addresses (" + port + ")" : tcp->address, "127.0.0.1" + port};
}

/// Reports the first of all such addresses.
void check_open(const Configuration& configuration, Mistakes& mistakes) {
    const auto& server = configuration.server;
    if (!server.login.open() || configuration.allow_unauthenticated || configuration.tree.read_only) return;
    for (const auto& [key, endpoints] :
         {std::pair("server.listen", &server.endpoints), std::pair("tls.listen", &server.tls.endpoints)})
        for (const auto& endpoint : *endpoints)
            if (const auto open = open_address(endpoint)) {
                // The command line and systemd name addresses too.
                const bool in_file =
                    configuration.lines.contains(key) && !std::holds_alternative<http::PassedEndpoint>(endpoint);
                mistakes.push_back((in_file ? std::string(key) + ": " : "") + "listening on " + open->address +
                                   " would let anybody who reaches it change your files: listen on " + open->instead +
                                   " for this machine alone or for a proxy that authenticates, give it accounts "
                                   "(auth.users), or say --allow-unauthenticated (server.allow_unauthenticated = "
                                   "true) if that is wanted");
                return;
            }
}

void check_login(const Configuration& configuration, Mistakes& mistakes) {
    const auto& login = configuration.server.login;
    if (login.realm.find_first_of("\"\\\r\n") != std::string::npos)
        mistakes.emplace_back("auth.realm may hold neither quotes nor backslashes");
    if (login.open() && login.anonymous)
        mistakes.emplace_back("auth.anonymous needs a way to log in beside it: auth.users");
    if (login.anonymous && !configuration.rules && !configuration.allow_unauthenticated)
        mistakes.emplace_back("auth.anonymous without rules would let anybody do everything: write [[rules]]");
}

bool is_any_origin(const http::CorsOptions& cors) {
    return std::ranges::find(cors.origins, "*") != cors.origins.end();
}

void check_cors(const Configuration& configuration, Mistakes& mistakes) {
    const auto& cors = configuration.server.cors;
    if (cors.credentials && is_any_origin(cors))
        mistakes.emplace_back(
            "cors.credentials asks for a list of origins: with \"*\" any page could use what the browser "
            "remembers");
    if (is_any_origin(cors) && configuration.server.login.open() && !configuration.allow_unauthenticated)
        mistakes.emplace_back(
            "cors.origins = \"*\" without a login would let every web page that a user of this machine opens read and "
            "change your files: list the origins of the pages that may, give the server accounts (auth.users), or say "
            "--allow-unauthenticated (server.allow_unauthenticated = true) if that is wanted");
}

void check_tls(const http::TlsOptions& tls, Mistakes& mistakes) {
    if (tls.certificate.empty() && !(tls.key.empty() && tls.endpoints.empty()))
        mistakes.emplace_back(std::string(tls.endpoints.empty() ? "tls.key" : "tls.listen") +
                              ": TLS needs a certificate, and tls.certificate names no file");
}

/// Settings about trusted proxies require some.
void check_proxies(const http::ServerOptions& server, Mistakes& mistakes) {
    if (!server.trusted_proxies.empty()) return;
    for (const auto& [key, wanted] : {std::pair("server.proxy_protocol", server.proxy_protocol),
                                      std::pair("server.accel_redirect", !server.accel_redirect.empty()),
                                      std::pair("auth.user_header", !server.login.user_header.empty())})
        if (wanted)
            mistakes.push_back(std::string(key) +
                               " is for the proxies named under server.trusted_proxies, and none are");
}

/// A listening address and its key.
struct NamedEndpoint {
    std::string key;
    const http::Endpoint* endpoint;
};

std::string text_of(const http::TcpEndpoint& endpoint) {
    const bool v6 = endpoint.address.contains(':');
    return (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

bool is_any_address(const std::string& address) {
    return address.empty() || address == "0.0.0.0" || address == "::";
}

bool same_address(const std::string& a, const std::string& b) {
    const auto one = IpAddress::parse(a), other = IpAddress::parse(b);
    return one && other ? *one == *other : a == b;
}

/// Says why the two addresses clash; "" when they do not.
std::string clash(const http::Endpoint& first, const http::Endpoint& second) {
    const auto* local = std::get_if<http::UnixEndpoint>(&first);
    const auto* other_local = std::get_if<http::UnixEndpoint>(&second);
    if (local && other_local) {
        const auto path = std::filesystem::path(local->path).lexically_normal();
        const bool same = path == std::filesystem::path(other_local->path).lexically_normal();
        return same ? "unix:" + local->path + " is named twice" : std::string();
    }
    const auto* tcp = std::get_if<http::TcpEndpoint>(&first);
    const auto* other = std::get_if<http::TcpEndpoint>(&second);
    if (!tcp || !other || tcp->port == 0 || tcp->port != other->port) return {};
    if (same_address(tcp->address, other->address)) return text_of(*other) + " is named twice";
    const bool v4_beside_v6 = (tcp->address == "0.0.0.0" && other->address.contains(':')) ||
                              (other->address == "0.0.0.0" && tcp->address.contains(':'));
    if (v4_beside_v6 || !(is_any_address(tcp->address) || is_any_address(other->address))) return {};
    return text_of(*tcp) + " and " + text_of(*other) + " are one port, of which one is for all addresses";
}

/// Checked before a socket is opened, because the system would only say that another program listens there.
void check_listened_twice(const Configuration& configuration, Mistakes& mistakes) {
    const auto& server = configuration.server;
    std::vector<NamedEndpoint> all;
    all.reserve(server.endpoints.size() + server.tls.endpoints.size() + server.management.size() + 1);
    for (const auto& each : server.endpoints) all.push_back({"server.listen", &each});
    for (const auto& each : server.tls.endpoints) all.push_back({"tls.listen", &each});
    for (const auto& each : server.management) all.push_back({"server.management", &each});
    const http::Endpoint control = http::UnixEndpoint{configuration.control_socket};
    if (configuration.control_socket.starts_with('/')) all.push_back({"server.control_socket", &control});
    for (std::size_t second = 1; second < all.size(); ++second)
        for (std::size_t first = 0; first < second; ++first) {
            const auto what = clash(*all[first].endpoint, *all[second].endpoint);
            if (what.empty()) continue;
            const bool keys = all[first].key != all[second].key;
            mistakes.push_back(all[second].key + ": " + what + (keys ? ", here and in " + all[first].key : "") +
                               "; only one can listen there");
            return;
        }
}

/// Warns of keys that have no effect without another key.
void warn_of_idle_keys(const login::Options& login, std::vector<std::string>& found) {
    if (login.open() && !login.files.groups.empty())
        found.emplace_back(
            "auth.groups names a file of groups, but no login is configured, so no user belongs to any; set auth.users "
            "or "
            "another key of [auth]");
    if (login.user_header.empty() && !login.groups_header.empty())
        found.emplace_back("auth.groups_header changes nothing without auth.user_header");
    if (login.bearer.keys.empty() && !(login.bearer.issuer.empty() && login.bearer.audience.empty()))
        found.emplace_back((login.bearer.issuer.empty() ? std::string("auth.jwt_audience") : "auth.jwt_issuer") +
                           " changes nothing without auth.jwt_keys");
}

/// Checks rules and exports against the other settings.
void check_access(const Configuration& configuration, Mistakes& mistakes) {
    const auto& server = configuration.server;
    if (server.login.open() && configuration.rules && configuration.rules->name_users())
        mistakes.emplace_back("rules name users, and there is no way to log in: auth.users, or another key of [auth]");
    if (configuration.exports.empty()) return;
    if (!configuration.tree.root.empty())
        mistakes.emplace_back("one folder, or [[exports]]: not both; make the folder an export");
    if (configuration.control_socket != "auto" && !configuration.control_socket.empty())
        mistakes.emplace_back("server.control_socket: with [[exports]] every folder has its own; say \"auto\" or \"\"");
    if (!server.accel_redirect.empty())
        mistakes.emplace_back("server.accel_redirect is for one folder, not for [[exports]]");
}

}  // namespace

namespace {

/// Sockets for clients and proxies. Only its owner can open the control socket.
bool has_unix_socket(const http::ServerOptions& server) {
    const auto any = [](const std::vector<http::Endpoint>& endpoints) {
        return std::ranges::any_of(endpoints,
                                   [](const auto& each) { return std::holds_alternative<http::UnixEndpoint>(each); });
    };
    return any(server.endpoints) || any(server.tls.endpoints) || any(server.management);
}

}  // namespace

Mistakes check_keys(const Configuration& configuration) {
    Mistakes mistakes;
    check_login(configuration, mistakes);
    check_open(configuration, mistakes);
    check_listened_twice(configuration, mistakes);
    check_tls(configuration.server.tls, mistakes);
    check_proxies(configuration.server, mistakes);
    check_access(configuration, mistakes);
    const auto& policy = configuration.policy;
    if (policy.lock_timeout_min > policy.lock_timeout_max)
        mistakes.emplace_back("locks.timeout_min is longer than locks.timeout_max");
    if (configuration.litter.policy == LitterPolicy::divert && !configuration.server.accel_redirect.empty())
        mistakes.emplace_back(
            "litter.policy = \"divert\" does not go with server.accel_redirect: the proxy would look for "
            "the files where they are not");
    check_cors(configuration, mistakes);
    if (configuration.control_socket.size() > http::longest_socket_path)
        mistakes.push_back("server.control_socket is longer than the " + std::to_string(http::longest_socket_path) +
                           " bytes a unix socket's path may have");
    if (configuration.log.journal && !configuration.log.file.empty())
        mistakes.emplace_back("log.journal = true and log.file: lines go to one of them");
    return mistakes;
}

std::vector<std::string> warnings(const Configuration& configuration) {
    std::vector<std::string> found;
    const auto& server = configuration.server;
    if (!server.login.user_header.empty() && server.trusted_proxies.contains("unix") && has_unix_socket(server) &&
        (server.socket_mode & 06U) != 0)
        found.emplace_back(
            "server.socket_mode lets every user of this machine connect, and server.trusted_proxies believes them "
            "whatever user they name in auth.user_header: use \"0660\" and server.socket_group");
    warn_of_idle_keys(server.login, found);
    const auto& bearer = server.login.bearer;
    if (bearer.keys.empty()) return found;
    if (bearer.issuer.empty())
        found.emplace_back(
            "auth.jwt_keys without auth.jwt_issuer: the server accepts a token of any issuer, as long as one of the "
            "keys signed it");
    if (bearer.audience.empty())
        found.emplace_back(
            "auth.jwt_keys without auth.jwt_audience: the server also accepts tokens that were issued for another "
            "service");
    return found;
}

Mistakes check(const Configuration& configuration) {
    auto mistakes = check_keys(configuration);
    const auto& tls = configuration.server.tls;
    if (tls.certificate.empty()) return mistakes;
    if (auto problem = http::tls_problem(tls); !problem.empty()) mistakes.push_back(std::move(problem));
    return mistakes;
}

}  // namespace davit::app

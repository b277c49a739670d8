#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "davit/app/configuration.hpp"
#include "davit/http/control_client.hpp"

namespace davit::app {
namespace {

constexpr std::string_view allowed =
    "expected ADDRESS:PORT with a numeric address, [IPv6]:PORT, or unix:/absolute/path";

bool is_address(const std::string& text) {
    in_addr v4{};
    in6_addr v6{};
    return ::inet_pton(AF_INET, text.c_str(), &v4) == 1 || ::inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

/// Its address, when others than this machine can reach it; "" otherwise.
std::string open_address(const http::Endpoint& endpoint) {
    std::string address;
    if (const auto* tcp = std::get_if<http::TcpEndpoint>(&endpoint)) address = tcp->address;
    if (const auto* passed = std::get_if<http::PassedEndpoint>(&endpoint)) address = passed->address;
    return address == "::1" || address.starts_with("127.") ? std::string() : address;
}

std::optional<ConfigError> check_open(const std::vector<http::Endpoint>& endpoints) {
    for (const auto& endpoint : endpoints)
        if (const auto address = open_address(endpoint); !address.empty())
            return ConfigError{
                "listening on " + address +
                " would let anybody who reaches it change your files: give it accounts (auth.users), listen on "
                "127.0.0.1 behind a proxy that authenticates, or say --allow-unauthenticated "
                "(server.allow_unauthenticated = true) if that is "
                "wanted"};
    return std::nullopt;
}

std::optional<ConfigError> check_tls(const http::TlsOptions& tls) {
    if (tls.certificate.empty() && tls.key.empty() && tls.endpoints.empty()) return std::nullopt;
    if (tls.certificate.empty()) return ConfigError{"TLS needs a certificate: tls.certificate names no file"};
    return std::nullopt;
}

std::optional<ConfigError> check_certificate(const http::TlsOptions& tls) {
    if (tls.certificate.empty() && tls.key.empty()) return std::nullopt;
    if (auto problem = http::tls_problem(tls); !problem.empty()) return ConfigError{std::move(problem)};
    return std::nullopt;
}

/// What is taken from trusted proxies only needs some.
std::optional<ConfigError> check_proxies(const http::ServerOptions& server) {
    if (!server.trusted_proxies.empty()) return std::nullopt;
    for (const auto& [key, wanted] : {std::pair("server.proxy_protocol", server.proxy_protocol),
                                      std::pair("server.accel_redirect", !server.accel_redirect.empty()),
                                      std::pair("auth.user_header", !server.login.user_header.empty())})
        if (wanted)
            return ConfigError{std::string(key) +
                               " is for the proxies named under server.trusted_proxies, and none are"};
    return std::nullopt;
}

/// Rules and exports beside what else is configured.
std::optional<ConfigError> check_access(const Configuration& configuration) {
    const auto& server = configuration.server;
    if (server.login.open() && configuration.rules && configuration.rules->name_users())
        return ConfigError{"rules name users, and there is no way to log in: auth.users, or another key of [auth]"};
    if (configuration.exports.empty()) return std::nullopt;
    if (!configuration.tree.root.empty())
        return ConfigError{"one folder, or [[exports]]: not both; make the folder an export"};
    if (configuration.control_socket != "auto" && !configuration.control_socket.empty())
        return ConfigError{"server.control_socket: with [[exports]] every folder has its own; say \"auto\" or \"\""};
    if (!server.accel_redirect.empty())
        return ConfigError{"server.accel_redirect is for one folder, not for [[exports]]"};
    return std::nullopt;
}

}  // namespace

std::expected<http::Endpoint, std::string> parse_endpoint(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        const auto path = text.substr(unix_prefix.size());
        if (!path.starts_with('/') || path.size() > http::longest_socket_path)
            return std::unexpected(std::string(allowed));
        return http::UnixEndpoint{std::string(path)};
    }
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::unexpected(std::string(allowed));
    std::string address(text.substr(0, colon));
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);
    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool is_port = error == std::errc() && end == digits.data() + digits.size();
    if (!is_port || !is_address(address) || bracketed != (address.find(':') != address.npos))
        return std::unexpected(std::string(allowed));
    return http::TcpEndpoint{address, port};
}

std::optional<ConfigError> check_keys(const Configuration& configuration) {
    const auto& login = configuration.server.login;
    if (login.realm.find_first_of("\"\\\r\n") != std::string::npos)
        return ConfigError{"auth.realm may hold neither quotes nor backslashes"};
    if (login.open() && login.anonymous)
        return ConfigError{"auth.anonymous needs a way to log in beside it: auth.users"};
    if (login.anonymous && !configuration.rules && !configuration.allow_unauthenticated)
        return ConfigError{"auth.anonymous without rules would let anybody do everything: write [[rules]]"};
    if (login.open() && !configuration.allow_unauthenticated && !configuration.tree.read_only)
        for (const auto* endpoints : {&configuration.server.endpoints, &configuration.server.tls.endpoints})
            if (auto error = check_open(*endpoints)) return error;
    if (auto error = check_tls(configuration.server.tls)) return error;
    if (auto error = check_proxies(configuration.server)) return error;
    if (auto error = check_access(configuration)) return error;
    const auto& policy = configuration.policy;
    if (policy.lock_timeout_min > policy.lock_timeout_max)
        return ConfigError{"locks.timeout_min is longer than locks.timeout_max"};
    if (configuration.litter.policy == LitterPolicy::divert && !configuration.server.accel_redirect.empty())
        return ConfigError{
            "litter.policy = \"divert\" does not go with server.accel_redirect: the proxy would look for "
            "the files where they are not"};
    const auto& cors = configuration.server.cors;
    if (cors.credentials && std::ranges::find(cors.origins, "*") != cors.origins.end())
        return ConfigError{
            "cors.credentials asks for a list of origins: with \"*\" any page could use what the browser "
            "remembers"};
    if (configuration.control_socket.size() > http::longest_socket_path)
        return ConfigError{"server.control_socket is longer than the " + std::to_string(http::longest_socket_path) +
                           " bytes a unix socket's path may have"};
    if (configuration.log.journal && !configuration.log.file.empty())
        return ConfigError{"log.journal = true and log.file: lines go to one of them"};
    return std::nullopt;
}

std::optional<ConfigError> check(const Configuration& configuration) {
    if (auto error = check_keys(configuration)) return error;
    return check_certificate(configuration.server.tls);
}

}  // namespace davit::app

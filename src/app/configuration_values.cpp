#include "configuration_values.hpp"

#include <algorithm>
#include <charconv>

#include "configuration_row.hpp"
#include "davit/headers/forwarded.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::app {
namespace {

/// An origin as browsers send it (RFC 6454, 6.2). "null" is not accepted, because any sandboxed page has it.
bool is_origin(std::string_view text) {
    const auto host = text.find("://");
    return host != text.npos && host > 0 && host + 3 < text.size() &&
           text.find_first_of("/?#, \t", host + 3) == text.npos;
}

/// "host" or "host:port". A name with "*" would match no host, because names are compared as a whole.
bool is_host(std::string_view text) {
    const auto url = headers::parse_public_url("http://" + std::string(text));
    return url && url->authority == text && !text.contains('*');
}

}  // namespace

std::expected<std::vector<std::string>, std::string> strings(const toml::node& node) {
    if (const auto one = node.value_exact<std::string>()) return std::vector{*one};
    const auto* array = node.as_array();
    if (!array) return expected("a list of strings");
    std::vector<std::string> found;
    for (const auto& item : *array) {
        const auto value = item.value_exact<std::string>();
        if (!value) return expected("a list of strings");
        found.push_back(*value);
    }
    return found;
}

std::expected<void, std::string> set_root(const toml::node& node, Configuration& configuration) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) return expected("the path of a folder");
    configuration.tree.root = *value;
    return {};
}

std::expected<void, std::string> set_socket_mode(const toml::node& node, Configuration& configuration) {
    const auto value = node.value_exact<std::string>();
    unsigned mode = 0;
    const auto* end = value ? value->data() + value->size() : nullptr;
    const bool digits = value && (value->size() == 3 || (value->size() == 4 && value->starts_with('0')));
    const auto [stop, error] = digits ? std::from_chars(value->data(), end, mode, 8)
                                      : std::from_chars_result{end, std::errc::invalid_argument};
    if (error != std::errc() || stop != end || (mode & 0600U) != 0600U)
        return expected(
            "a mode in quotes and octal digits that lets the owner in, such as \"0660\" (owner and group) or \"0666\" "
            "(everybody)");
    configuration.server.socket_mode = mode;
    return {};
}

std::expected<void, std::string> set_trash_max(const toml::node& node, Configuration& configuration) {
    auto value = node.value_exact<std::string>();
    auto& bound = configuration.tree.trash_max;
    if (value && value->ends_with('%')) {
        unsigned percent = 0;
        const auto* end = value->data() + value->size() - 1;
        const auto [stop, error] = std::from_chars(value->data(), end, percent);
        if (error == std::errc() && stop == end && percent >= 1 && percent <= 100) {
            bound = {0, percent};
            return {};
        }
    } else if (const auto bytes = value ? parse_size(*value) : std::nullopt) {
        bound = {*bytes, 0};
        return {};
    }
    return expected(
        "a size such as \"20GiB\", a share of the file system such as \"10%\" (1% to 100%), or \"0\" for no bound");
}

std::expected<void, std::string> set_base_path(const toml::node& node, Configuration& configuration) {
    auto value = node.value_exact<std::string>();
    while (value && value->ends_with('/')) value->pop_back();
    if (!value || !headers::is_base_path(*value))
        return expected(
            "\"\" or a path as it stands in URLs, such as \"/dav\": encoded, no \"//\" and no \"/.\" in it");
    configuration.server.address.base_path = *value;
    return {};
}

std::expected<void, std::string> set_authorities(const toml::node& node, Configuration& configuration) {
    auto value = strings(node);
    if (!value) return std::unexpected(value.error());
    if (!std::ranges::all_of(*value, is_host))
        return expected(
            "names of hosts such as \"dav.example.com\" or \"dav.example.com:8443\", without a scheme, a path or "
            "\"*\": no name stands for all hosts");
    configuration.server.address.authorities = std::move(*value);
    return {};
}

std::expected<void, std::string> set_origins(const toml::node& node, Configuration& configuration) {
    auto value = strings(node);
    if (!value) return std::unexpected(value.error());
    const bool any = std::ranges::find(*value, "*") != value->end();
    if ((any && value->size() > 1) || (!any && !std::ranges::all_of(*value, is_origin)))
        return expected("origins such as \"https://app.example\", with no path, or \"*\" alone");
    configuration.server.cors.origins = std::move(*value);
    return {};
}

/// Accepts names, not paths.
std::expected<void, std::string> set_litter(const toml::node& node, Configuration& configuration) {
    auto value = strings(node);
    if (!value) return std::unexpected(value.error());
    const auto is_pattern = [](const std::string& text) {
        return text.find_first_not_of('*') != text.npos && text.find('/') == text.npos;
    };
    if (!std::ranges::all_of(*value, is_pattern))
        return expected("names such as \".DS_Store\" or \"._*\", not paths and not \"*\"");
    configuration.litter.patterns = std::move(*value);
    return {};
}

std::expected<void, std::string> set_public_urls(const toml::node& node, Configuration& configuration) {
    auto urls = strings(node);
    if (!urls) return std::unexpected(urls.error());
    configuration.public_urls.clear();
    configuration.server.own_origins.clear();
    for (const auto& url : *urls) {
        auto parsed = headers::parse_public_url(url);
        if (!parsed || !is_host(parsed->authority)) return expected("URLs such as \"https://dav.example.com/files\"");
        if (!configuration.public_urls.empty() && configuration.public_urls.front().path != parsed->path)
            return expected("URLs with one path: nothing else tells how a request without it is meant");
        configuration.server.own_origins.push_back(url.substr(0, url.find("://") + 3) + parsed->authority);
        configuration.public_urls.push_back(std::move(*parsed));
    }
    return {};
}

/// A field in which a proxy names the user; not one in which clients send credentials or a target.
std::expected<std::string, std::string> proxy_field(const toml::node& node) {
    const auto value = node.value_exact<std::string>();
    const auto is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!value || !std::ranges::all_of(*value, is_token))
        return expected("the name of a header field, such as \"X-Remote-User\"");
    for (const auto* taken : {"Authorization", "Proxy-Authorization", "Cookie", "Host", "Connection", "Content-Length",
                              "Content-Type", "Transfer-Encoding", "Destination", "If", "Depth", "Range"})
        if (headers::iequals(*value, taken))
            return std::unexpected(*value + " has a meaning of its own, which a proxy does not replace by a name; " +
                                   "choose a field such as X-Remote-User");
    return *value;
}

std::expected<void, std::string> set_user_header(const toml::node& node, Configuration& configuration) {
    auto name = proxy_field(node);
    if (!name) return std::unexpected(name.error());
    configuration.server.login.user_header = std::move(*name);
    return {};
}

std::expected<void, std::string> set_groups_header(const toml::node& node, Configuration& configuration) {
    auto name = proxy_field(node);
    if (!name) return std::unexpected(name.error());
    configuration.server.login.groups_header = std::move(*name);
    return {};
}

std::expected<void, std::string> set_trusted_proxies(const toml::node& node, Configuration& configuration) {
    auto peers = strings(node);
    if (!peers) return std::unexpected(peers.error());
    configuration.server.trusted_proxies = {};
    for (const auto& peer : *peers)
        if (!configuration.server.trusted_proxies.add(peer))
            return expected("addresses (\"127.0.0.1\"), networks (\"10.0.0.0/8\") or \"unix\"");
    return {};
}

std::expected<void, std::string> set_trace_users(const toml::node& node, Configuration& configuration) {
    auto users = strings(node);
    if (!users) return std::unexpected(users.error());
    configuration.server.trace.filter.users = std::move(*users);
    return {};
}

std::expected<void, std::string> set_trace_paths(const toml::node& node, Configuration& configuration) {
    const auto texts = strings(node);
    if (!texts) return std::unexpected(texts.error());
    auto& paths = configuration.server.trace.filter.paths;
    paths.clear();
    for (const auto& text : *texts) {
        auto path = ResourcePath::from_decoded(text);
        if (!text.starts_with('/') || !path) return expected("paths of URLs, decoded, such as \"/music\"");
        paths.push_back(std::move(*path));
    }
    return {};
}

std::expected<void, std::string> set_trace_clients(const toml::node& node, Configuration& configuration) {
    auto clients = strings(node);
    if (!clients) return std::unexpected(clients.error());
    auto& filter = configuration.server.trace.filter;
    filter.client_list = {};
    for (const auto& client : *clients)
        if (!filter.client_list.add(client))
            return expected("addresses (\"192.0.2.7\"), networks (\"10.0.0.0/8\") or \"unix\"");
    filter.clients = std::move(*clients);
    return {};
}

std::expected<void, std::string> set_accel_redirect(const toml::node& node, Configuration& configuration) {
    const auto value = node.value_exact<std::string>();
    const bool path = value && value->size() > 1 && value->ends_with('/') &&
                      headers::parse_x_forwarded_prefix(*value) + "/" == *value;
    if (!value || (!value->empty() && !path))
        return expected("\"\" or a path with a slash at both ends: \"/internal/\"");
    configuration.server.accel_redirect = *value;
    return {};
}

}  // namespace davit::app

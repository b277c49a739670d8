// One row a key: its name, what it takes, where it goes.
#include "davit/app/configuration.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include <toml++/toml.h>

#include "access_configuration.hpp"
#include "davit/app/units.hpp"
#include "davit/headers/forwarded.hpp"

namespace davit::app {
namespace {

/// Puts a value into its place; an error says what is allowed.
using Setter = std::function<std::expected<void, std::string>(const toml::node&, Configuration&)>;

/// A key. Its value takes effect when the server starts, unless it is `live`.
struct Row {
    Setter set;
    std::function<bool(const Configuration&, const Configuration&)> same;
    std::function<void(const Configuration& from, Configuration& to)> copy;
    bool live = false;  ///< SIGHUP is enough
};

template <typename Place>
Row row(Place place, Setter set) {
    return {std::move(set), [=](const auto& a, const auto& b) { return place(a) == place(b); },
            [=](const auto& from, auto& to) { place(to) = place(from); }};
}

Row live(Row row) {
    row.live = true;
    return row;
}

std::unexpected<std::string> expected(std::string what) {
    return std::unexpected("expected " + std::move(what));
}

template <typename Place>
Row flag(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<bool>();
        if (!value) return expected("true or false");
        place(configuration) = *value;
        return {};
    });
}

template <typename Place>
Row text(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        if (!value) return expected("a string");
        place(configuration) = *value;
        return {};
    });
}

template <typename Place>
Row number(std::int64_t least, std::int64_t most, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < least || *value > most)
            return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        auto& into = place(configuration);
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        return {};
    });
}

template <typename Place>
Row size(std::uint64_t least, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto bytes = value ? parse_size(*value) : std::nullopt;
        if (!bytes || *bytes < least)
            return expected("a size such as \"64KiB\" or \"2GiB\", at least " + std::to_string(least) + " bytes");
        auto& into = place(configuration);
        into = static_cast<std::remove_reference_t<decltype(into)>>(*bytes);
        return {};
    });
}

template <typename Place>
Row duration(Place place, std::chrono::seconds least = std::chrono::seconds(1)) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto seconds = value ? parse_duration(*value) : std::nullopt;
        if (!seconds || *seconds < least)
            return expected("a duration such as \"20s\", \"5min\", \"1h\" or \"1d\", at least " +
                            std::to_string(least.count()) + "s");
        place(configuration) = *seconds;
        return {};
    });
}

template <typename Place, typename Value>
Row choice(const std::map<std::string, Value>& values, Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto value = node.value_exact<std::string>();
        const auto found = value ? values.find(*value) : values.end();
        if (found != values.end()) {
            place(configuration) = found->second;
            return {};
        }
        std::string names;
        for (const auto& [name, ignored] : values) ((names += names.empty() ? "\"" : ", \"") += name) += '"';
        return expected("one of " + names);
    });
}

/// An array of strings, or one string.
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

template <typename Place>
Row endpoints(Place place) {
    return row(place, [=](const toml::node& node, Configuration& configuration) -> std::expected<void, std::string> {
        const auto texts = strings(node);
        if (!texts) return std::unexpected(texts.error());
        place(configuration).clear();
        for (const auto& each : *texts) {
            auto endpoint = parse_endpoint(each);
            if (!endpoint) return std::unexpected(endpoint.error());
            place(configuration).push_back(std::move(*endpoint));
        }
        return {};
    });
}

std::expected<void, std::string> set_root(const toml::node& node, Configuration& configuration) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) return expected("the path of a folder");
    configuration.tree.root = *value;
    return {};
}

std::expected<void, std::string> set_base_path(const toml::node& node, Configuration& configuration) {
    auto value = node.value_exact<std::string>();
    if (!value || (!value->empty() && !value->starts_with('/'))) return expected("\"\" or a path such as \"/dav\"");
    while (value->ends_with('/')) value->pop_back();
    configuration.server.address.base_path = *value;
    return {};
}

std::expected<void, std::string> set_authorities(const toml::node& node, Configuration& configuration) {
    auto value = strings(node);
    if (!value) return std::unexpected(value.error());
    configuration.server.address.authorities = std::move(*value);
    return {};
}

/// An origin as browsers send it (RFC 6454, 6.2). "null" is not one: any sandboxed page has it.
bool is_origin(std::string_view text) {
    const auto host = text.find("://");
    return host != text.npos && host > 0 && host + 3 < text.size() &&
           text.find_first_of("/?#, \t", host + 3) == text.npos;
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

/// Names, not paths.
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
    for (const auto& url : *urls) {
        auto parsed = headers::parse_public_url(url);
        if (!parsed) return expected("URLs such as \"https://dav.example.com/files\"");
        if (!configuration.public_urls.empty() && configuration.public_urls.front().path != parsed->path)
            return expected("URLs with one path: nothing else tells how a request without it is meant");
        configuration.public_urls.push_back(std::move(*parsed));
    }
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

std::expected<void, std::string> set_accel_redirect(const toml::node& node, Configuration& configuration) {
    const auto value = node.value_exact<std::string>();
    const bool path = value && value->size() > 1 && value->ends_with('/') &&
                      headers::parse_x_forwarded_prefix(*value) + "/" == *value;
    if (!value || (!value->empty() && !path))
        return expected("\"\" or a path with a slash at both ends: \"/internal/\"");
    configuration.server.accel_redirect = *value;
    return {};
}

#define DAVIT_AT(member) [](auto& c) -> auto& { return c.member; }

const std::map<std::string, Row>& keys() {
    using Size = std::uint64_t;
    constexpr Size kib = 1024;
    static const std::map<std::string, Row> table{
        {"server.root", row(DAVIT_AT(tree.root), set_root)},
        {"server.listen", endpoints(DAVIT_AT(server.endpoints))},
        {"server.management", endpoints(DAVIT_AT(server.management))},
        {"server.control_socket", text(DAVIT_AT(control_socket))},
        {"server.base_path", live(row(DAVIT_AT(server.address.base_path), set_base_path))},
        {"server.base_path_stripped", live(flag(DAVIT_AT(server.address.stripped)))},
        {"server.authorities", live(row(DAVIT_AT(server.address.authorities), set_authorities))},
        {"server.public_urls", live(row(DAVIT_AT(public_urls), set_public_urls))},
        {"server.trusted_proxies", live(row(DAVIT_AT(server.trusted_proxies), set_trusted_proxies))},
        {"server.proxy_protocol", flag(DAVIT_AT(server.proxy_protocol))},
        {"server.accel_redirect", live(row(DAVIT_AT(server.accel_redirect), set_accel_redirect))},
        {"server.read_only", flag(DAVIT_AT(tree.read_only))},
        {"server.allow_unauthenticated", flag(DAVIT_AT(allow_unauthenticated))},
        {"server.loops", number(0, 256, DAVIT_AT(server.loops))},
        {"server.workers", number(1, 1024, DAVIT_AT(server.workers))},
        {"server.landlock", choice<>(std::map<std::string, Confinement>{{"auto", Confinement::automatic},
                                                                        {"off", Confinement::off},
                                                                        {"required", Confinement::required}},
                                     DAVIT_AT(landlock))},
        {"server.recent_failures", number(0, 1000000, DAVIT_AT(server.recent_failures))},

        {"tls.listen", endpoints(DAVIT_AT(server.tls.endpoints))},
        {"tls.certificate", text(DAVIT_AT(server.tls.certificate))},
        {"tls.key", text(DAVIT_AT(server.tls.key))},
        {"tls.version_min",
         choice<>(std::map<std::string, bool>{{"1.2", false}, {"1.3", true}}, DAVIT_AT(server.tls.only_1_3))},

        {"auth.users", text(DAVIT_AT(server.login.files.users))},
        {"auth.groups", text(DAVIT_AT(server.login.files.groups))},
        {"auth.digest_users", text(DAVIT_AT(server.login.files.digest))},
        {"auth.realm", text(DAVIT_AT(server.login.realm))},
        {"auth.anonymous", flag(DAVIT_AT(server.login.anonymous))},
        {"auth.basic_over_plain_http", flag(DAVIT_AT(server.login.basic_over_plain_http))},
        {"auth.remembered", duration(DAVIT_AT(server.login.remembered), std::chrono::seconds(0))},
        {"auth.user_header", text(DAVIT_AT(server.login.user_header))},
        {"auth.groups_header", text(DAVIT_AT(server.login.groups_header))},
        {"auth.jwt_keys", text(DAVIT_AT(server.login.bearer.keys))},
        {"auth.jwt_issuer", text(DAVIT_AT(server.login.bearer.issuer))},
        {"auth.jwt_audience", text(DAVIT_AT(server.login.bearer.audience))},
        {"auth.jwt_user_claim", text(DAVIT_AT(server.login.bearer.user_claim))},
        {"auth.jwt_groups_claim", text(DAVIT_AT(server.login.bearer.groups_claim))},

        {"limits.header_bytes", live(size(kib, DAVIT_AT(server.limits.header_bytes)))},
        {"limits.target_bytes", live(size(256, DAVIT_AT(server.limits.target_bytes)))},
        {"limits.xml_body_bytes", live(size(kib, DAVIT_AT(server.limits.xml_body_bytes)))},
        {"limits.property_body_bytes", live(size(kib, DAVIT_AT(server.limits.property_body_bytes)))},
        {"limits.put_body_bytes", live(size(0, DAVIT_AT(server.limits.put_body_bytes)))},
        {"limits.connections", live(number(1, 1000000, DAVIT_AT(server.limits.connections)))},
        {"limits.header_timeout", live(duration(DAVIT_AT(server.limits.header_timeout)))},
        {"limits.idle_timeout", live(duration(DAVIT_AT(server.limits.idle_timeout)))},
        {"limits.body_timeout", live(duration(DAVIT_AT(server.limits.body_timeout)))},
        {"limits.write_timeout", live(duration(DAVIT_AT(server.limits.write_timeout)))},
        {"limits.shutdown_grace", live(duration(DAVIT_AT(server.limits.shutdown_grace)))},

        {"webdav.propfind_infinity", live(flag(DAVIT_AT(policy.propfind_infinity)))},
        {"webdav.settable_getlastmodified", live(flag(DAVIT_AT(policy.settable_getlastmodified)))},
        {"webdav.trees",
         live(choice<>(std::map<std::string, plan::Atomicity>{{"all-or-nothing", plan::Atomicity::all_or_nothing},
                                                              {"best-effort", plan::Atomicity::best_effort}},
                       DAVIT_AT(policy.trees)))},

        {"locks.timeout_default", live(duration(DAVIT_AT(policy.lock_timeout_default)))},
        {"locks.timeout_min", live(duration(DAVIT_AT(policy.lock_timeout_min)))},
        {"locks.timeout_max", live(duration(DAVIT_AT(policy.lock_timeout_max)))},
        {"locks.most", live(number(1, 10000000, DAVIT_AT(policy.max_locks)))},
        {"locks.most_per_user", live(number(1, 10000000, DAVIT_AT(policy.max_locks_per_principal)))},

        {"storage.durable", flag(DAVIT_AT(tree.durable))},
        {"storage.cache_bytes", size(0, DAVIT_AT(tree.cache_bytes))},
        {"storage.unused_records", duration(DAVIT_AT(tree.unused_records))},
        {"storage.properties",
         choice<>(std::map<std::string, fs::PropertyPlace>{{"auto", fs::PropertyPlace::automatic},
                                                           {"attributes", fs::PropertyPlace::attributes},
                                                           {"database", fs::PropertyPlace::database}},
                  DAVIT_AT(tree.properties))},

        {"trash.keep", duration(DAVIT_AT(tree.trash_keep), std::chrono::seconds(0))},

        {"idempotency.kept", live(duration(DAVIT_AT(server.idempotency_kept)))},
        {"idempotency.most", live(number(1, 10000000, DAVIT_AT(server.idempotency_most)))},

        {"cors.origins", live(row(DAVIT_AT(server.cors.origins), set_origins))},
        {"cors.credentials", live(flag(DAVIT_AT(server.cors.credentials)))},
        {"cors.max_age", live(duration(DAVIT_AT(server.cors.max_age), std::chrono::seconds(0)))},

        {"names.unicode",
         choice<>(std::map<std::string, bool>{{"normalise", false}, {"exact", true}}, DAVIT_AT(tree.exact_names))},

        {"litter.policy", choice<>(std::map<std::string, LitterPolicy>{{"store", LitterPolicy::store},
                                                                       {"divert", LitterPolicy::divert},
                                                                       {"refuse", LitterPolicy::refuse}},
                                   DAVIT_AT(litter.policy))},
        {"litter.patterns", row(DAVIT_AT(litter.patterns), set_litter)},
        {"litter.keep", duration(DAVIT_AT(litter.keep))},

        {"log.level", live(choice<>(
                          std::map<std::string, std::string>{
                              {"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}},
                          DAVIT_AT(log.level)))},
        {"log.format", live(choice<>(std::map<std::string, http::LogFormat>{{"text", http::LogFormat::text},
                                                                            {"json", http::LogFormat::json}},
                                     DAVIT_AT(log.format)))},
        {"log.file", text(DAVIT_AT(log.file))},
        {"log.journal", flag(DAVIT_AT(log.journal))},
        {"log.access", live(flag(DAVIT_AT(log.access)))},
    };
    return table;
}

#undef DAVIT_AT

/// Keys of the same table, for whoever mistyped one.
std::string known_keys(const std::string& table) {
    std::string names;
    for (const auto& [key, ignored] : keys())
        if (key.starts_with(table + ".")) (names += names.empty() ? "" : ", ") += key.substr(table.size() + 1);
    return names;
}

std::string at(const std::string& name, const toml::source_region& where) {
    return name + ":" + std::to_string(where.begin.line) + ": ";
}

std::optional<ConfigError> read_table(const std::string& name, const std::string& table, const toml::table& values,
                                      Configuration& into) {
    for (const auto& [key, node] : values) {
        const auto full = table + "." + std::string(key.str());
        const auto found = keys().find(full);
        if (found == keys().end())
            return ConfigError{at(name, key.source()) + full + ": no such key; [" + table + "] has " +
                               known_keys(table)};
        if (auto set = found->second.set(node, into); !set)
            return ConfigError{at(name, node.source()) + full + ": " + set.error()};
    }
    return std::nullopt;
}

/// A public URL is a name and a base path in one.
std::optional<ConfigError> join_public_urls(const std::string& name, Configuration& configuration) {
    auto& address = configuration.server.address;
    for (const auto& url : configuration.public_urls) {
        if (!address.base_path.empty() && address.base_path != url.path)
            return ConfigError{name + ": server.base_path is \"" + address.base_path +
                               "\", and server.public_urls says \"" + url.path + "\": leave server.base_path out"};
        address.authorities.push_back(url.authority);
    }
    if (!configuration.public_urls.empty()) address.base_path = configuration.public_urls.front().path;
    return std::nullopt;
}

constexpr std::string_view tables =
    "server, auth, tls, limits, webdav, locks, storage, trash, idempotency, cors, names, litter, log, rules, exports";

}  // namespace

std::expected<Configuration, ConfigError> parse_configuration(std::string_view toml_text, const std::string& name) {
    Configuration configuration;
    try {
        const auto root = toml::parse(toml_text, name);
        for (const auto& [key, node] : root) {
            const std::string table(key.str());
            if (table == "rules" || table == "exports") {
                const auto error =
                    table == "rules" ? read_rules(node, configuration) : read_exports(node, configuration);
                if (error) return std::unexpected(ConfigError{at(name, error->where) + error->what});
                continue;
            }
            if (!node.is_table() || known_keys(table).empty())
                return std::unexpected(
                    ConfigError{at(name, key.source()) + table + ": no such table; there are " + std::string(tables)});
            if (auto error = read_table(name, table, *node.as_table(), configuration)) return std::unexpected(*error);
        }
        if (auto error = join_public_urls(name, configuration)) return std::unexpected(*error);
    } catch (const toml::parse_error& error) {
        return std::unexpected(ConfigError{at(name, error.source()) + std::string(error.description())});
    }
    return configuration;
}

Changes take_over(const Configuration& wanted, Configuration& running) {
    Changes changes;
    for (const auto& [key, row] : keys()) {
        if (row.same(wanted, running)) continue;
        (row.live ? changes.taken : changes.restart).push_back(key);
        if (row.live) row.copy(wanted, running);
    }
    return changes;
}

std::expected<Configuration, ConfigError> read_configuration(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    // A stream that was given nothing counts as failed, though an empty file is one that can be read.
    const bool empty = in && in.peek() == std::ifstream::traits_type::eof() && !in.bad();
    if (!empty && !(in && content << in.rdbuf()))
        return std::unexpected(ConfigError{file.string() + ": cannot be read"});
    auto configuration = parse_configuration(content.view(), file.string());
    if (configuration) configuration->file = file;
    return configuration;
}

}  // namespace davit::app

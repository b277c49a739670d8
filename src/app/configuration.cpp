// From a file to a configuration, and from one configuration to the next.
#include "davit/app/configuration.hpp"

#include <algorithm>

#include "access_configuration.hpp"
#include "configuration_keys.hpp"
#include "davit/fs/unicode.hpp"
#include "regular_file.hpp"
#include "toml_depth.hpp"

namespace davit::app {
namespace {

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

bool same_rules(const Configuration& a, const Configuration& b) {
    return std::ranges::equal(a.written_rules, b.written_rules, [](const auto& one, const auto& other) {
        return one.path == other.path && one.users == other.users && one.allow == other.allow;
    });
}

constexpr std::size_t most_bytes = 1U << 20U;  // of a file

constexpr std::string_view tables =
    "server, auth, tls, limits, webdav, locks, storage, trash, idempotency, cors, names, litter, log, rules, exports";

}  // namespace

http::ServerOptions default_server() {
    http::ServerOptions server;
    server.name_form = fs::composed;
    return server;
}

std::expected<Configuration, ConfigError> parse_configuration(std::string_view toml_text, const std::string& name) {
    Configuration configuration;
    if (const auto line = line_of_deep_key(toml_text))
        return std::unexpected(ConfigError{name + ":" + std::to_string(*line) + ": a key has more than " +
                                           std::to_string(most_key_dots) + " dots"});
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
    if (wanted.exports != running.exports) changes.restart.emplace_back("[[exports]]");
    for (const auto& [key, row] : keys()) {
        if (row.same(wanted, running)) continue;
        (row.live ? changes.taken : changes.restart).push_back(key);
        if (row.live) row.copy(wanted, running);
    }
    if (!same_rules(wanted, running)) changes.taken.emplace_back("[[rules]]");
    running.rules = wanted.rules;
    running.written_rules = wanted.written_rules;
    return changes;
}

std::expected<Configuration, ConfigError> read_configuration(const std::filesystem::path& file) {
    const auto content = read_regular_file(file, most_bytes);
    if (!content) return std::unexpected(ConfigError{file.string() + ": cannot be read: " + content.error()});
    auto configuration = parse_configuration(*content, file.string());
    if (configuration) configuration->file = file;
    return configuration;
}

}  // namespace davit::app

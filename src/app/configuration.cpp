// From a file to a configuration, and from one configuration to the next.
#include "davit/app/configuration.hpp"

#include <fstream>
#include <sstream>

#include "access_configuration.hpp"
#include "configuration_keys.hpp"
#include "davit/fs/unicode.hpp"

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

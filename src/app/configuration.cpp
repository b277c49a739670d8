// Reads a file into a configuration, and compares two configurations.
#include "davit/app/configuration.hpp"

#include <algorithm>
#include <map>

#include "access_configuration.hpp"
#include "configuration_keys.hpp"
#include "davit/fs/unicode.hpp"
#include "media_type_files.hpp"
#include "memory.hpp"
#include "nearest_word.hpp"
#include "regular_file.hpp"
#include "toml_depth.hpp"

namespace davit::app {
namespace {

/// The keys of one table.
std::vector<std::string> keys_of(const std::string& table) {
    std::vector<std::string> names;
    for (const auto& [key, ignored] : keys())
        if (key.starts_with(table + ".")) names.push_back(key.substr(table.size() + 1));
    return names;
}

std::string no_such_key(const std::string& table, const std::string& key) {
    const auto known = keys_of(table);
    std::string names;
    for (const auto& each : known) (names += names.empty() ? "" : ", ") += each;
    return table + "." + key + ": no such key" + did_you_mean(key, known) +
           (nearest_word(key, known).empty() ? "; [" : " [") + table + "] has " + names;
}

void read_table(const std::string& table, const toml::table& values, Configuration& into, NodeErrors& errors) {
    for (const auto& [key, node] : values) {
        const auto full = table + "." + std::string(key.str());
        const auto found = keys().find(full);
        if (found == keys().end())
            errors.push_back({key.source(), no_such_key(table, std::string(key.str()))});
        else if (auto set = found->second.set(node, into); !set)
            errors.push_back({node.source(), full + ": " + set.error()});
        into.lines[full] = node.source().begin.line;
    }
}

/// A public URL combines a host name and a base path.
void join_public_urls(const toml::table& root, Configuration& configuration, NodeErrors& errors) {
    auto& address = configuration.server.address;
    for (const auto& url : configuration.public_urls) {
        if (!address.base_path.empty() && address.base_path != url.path) {
            errors.push_back({root["server"]["base_path"].node()->source(),
                              "server.base_path is \"" + address.base_path + "\", and server.public_urls says \"" +
                                  url.path + "\": leave server.base_path out"});
            return;
        }
        address.authorities.push_back(url.authority);
    }
    if (!configuration.public_urls.empty()) address.base_path = configuration.public_urls.front().path;
}

bool same_rules(const Configuration& a, const Configuration& b) {
    return std::ranges::equal(a.written_rules, b.written_rules, [](const auto& one, const auto& other) {
        return one.path == other.path && one.users == other.users && one.allow == other.allow;
    });
}

constexpr std::size_t most_bytes = 1U << 20U;  // of the configuration file

const std::vector<std::string>& table_names() {
    static const std::vector<std::string> names{"server",  "auth",  "tls",         "limits", "webdav", "locks",
                                                "storage", "trash", "idempotency", "cors",   "names",  "types",
                                                "litter",  "log",   "rules",       "exports"};
    return names;
}

/// The message for an unknown name at the top level.
std::string no_such_table(const std::string& name, const toml::node& node) {
    if (!keys_of(name).empty()) return name + ": expected one table [" + name + "]";
    if (!node.is_table() && !node.is_array_of_tables())
        for (const auto& table : table_names())
            if (keys().contains(table + "." + name))
                return name + ": the key is in no table; did you mean " + name + " below [" + table + "]?";
    std::string known;
    for (const auto& each : table_names()) (known += known.empty() ? "" : ", ") += each;
    const auto meant = nearest_word(name, table_names());
    return name + ": no such table" + (meant.empty() ? "" : "; did you mean [" + meant + "]?") +
           (meant.empty() ? "; there are " : " There are ") + known;
}

void read_root(const toml::table& root, Configuration& into, NodeErrors& errors) {
    for (const auto& [key, node] : root) {
        const std::string table(key.str());
        if (table == "rules")
            read_rules(node, into, errors);
        else if (table == "types")
            read_types(node, into, errors);
        else if (table == "exports")
            read_exports(node, into, errors);
        else if (node.is_table() && !keys_of(table).empty())
            read_table(table, *node.as_table(), into, errors);
        else
            errors.push_back({key.source(), no_such_table(table, node)});
    }
    join_public_urls(root, into, errors);
}

std::string at(const std::string& name, const toml::source_region& where) {
    return name + ":" + std::to_string(where.begin.line) + ": ";
}

/// The most common mistake behind this message of the parser.
std::string usual_slip(std::string_view said) {
    if (said.contains("could not determine value type")) return "; text needs quotes";
    if (said.contains("unescaped control characters")) return "; the quotes are probably not closed on this line";
    if (said.contains("cannot redefine existing table")) return "; write all keys of a table below one heading";
    if (said.contains("cannot redefine existing")) return "; the key is there twice";
    return {};
}

/// The parser reports mistakes by key; people read from the top.
Mistakes in_order(const std::string& name, const NodeErrors& errors) {
    std::multimap<std::pair<toml::source_index, toml::source_index>, std::string> sorted;
    for (const auto& [where, what] : errors)
        sorted.emplace(std::pair(where.begin.line, where.begin.column), at(name, where) + what);
    Mistakes mistakes;
    for (auto& [place, text] : sorted) mistakes.push_back(std::move(text));
    return mistakes;
}

}  // namespace

std::string with_place(const Configuration& configuration, const std::string& sentence) {
    const auto key = sentence.substr(0, sentence.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."));
    const auto found = configuration.lines.find(key);
    if (found == configuration.lines.end()) return sentence;
    return configuration.file.string() + ":" + std::to_string(found->second) + ": " + sentence;
}

http::ServerOptions default_server() {
    http::ServerOptions server;
    server.name_form = fs::composed;
    static const auto budget = default_memory_budget(usable_memory());
    server.limits.memory_bytes = static_cast<std::size_t>(budget);
    return server;
}

std::expected<Configuration, Mistakes> parse_configuration(std::string_view toml_text, const std::string& name) {
    if (const auto line = line_of_deep_key(toml_text))
        return std::unexpected(Mistakes{name + ":" + std::to_string(*line) + ": a key has more than " +
                                        std::to_string(most_key_dots) + " dots"});
    Configuration configuration;
    NodeErrors errors;
    try {
        const auto root = toml::parse(toml_text, name);
        configuration.sets_nothing = root.empty();
        read_root(root, configuration, errors);
    } catch (const toml::parse_error& error) {
        return std::unexpected(
            Mistakes{at(name, error.source()) + std::string(error.description()) + usual_slip(error.description())});
    }
    if (!errors.empty()) return std::unexpected(in_order(name, errors));
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
    if (wanted.types != running.types) changes.taken.emplace_back("[types]");
    running.types = wanted.types;
    if (!same_rules(wanted, running)) changes.taken.emplace_back("[[rules]]");
    running.server.own_origins = wanted.server.own_origins;  // derived from server.public_urls
    running.rules = wanted.rules;
    running.written_rules = wanted.written_rules;
    return changes;
}

std::expected<Configuration, Mistakes> read_configuration(const std::filesystem::path& file) {
    const auto content = read_regular_file(file, most_bytes);
    if (!content) return std::unexpected(Mistakes{file.string() + ": cannot be read: " + content.error()});
    auto configuration = parse_configuration(*content, file.string());
    if (configuration) configuration->file = file;
    return configuration;
}

}  // namespace davit::app

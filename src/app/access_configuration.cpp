#include "access_configuration.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "configuration_row.hpp"
#include "davit/fs/unicode.hpp"
#include "davit/headers/scanner.hpp"
#include "nearest_word.hpp"

namespace davit::app {
namespace {

void wrong(NodeErrors& errors, const toml::node& node, std::string what) {
    errors.push_back({node.source(), std::move(what)});
}

/// "all", "none", or names of rights.
std::optional<Rights> rights_of(const std::vector<std::string>& names) {
    Rights rights;
    for (const auto& each : names) {
        if (each == "none" && names.size() == 1) return rights;
        const auto right = right_named(each);
        if (!right && each != "all") return std::nullopt;
        rights = rights | (right ? Rights(*right) : Rights::all());
    }
    return rights;
}

/// "allow, path, users" in parts.
std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) words.emplace_back(headers::next_element(list));
    return words;
}

void unknown_key(NodeErrors& errors, const toml::key& key, const std::string& table, const char* known) {
    const std::string name(key.str());
    const auto meant = nearest_word(name, words_of(known));
    errors.push_back({key.source(), table + "." + name + ": no such key" +
                                        (meant.empty() ? "; [[" : "; did you mean " + meant + "? [[") + table +
                                        "]] has " + known});
}

void read_rule(const toml::table& table, engine::AccessRule& rule, NodeErrors& errors) {
    for (const auto& [key, node] : table) {
        if (key == "path") {
            if (const auto path = node.value_exact<std::string>())
                rule.path = *path;
            else
                wrong(errors, node, "rules.path: expected a path such as \"/public\" or \"/homes/{user}\"");
        } else if (key == "users") {
            if (auto users = strings(node))
                rule.users = std::move(*users);
            else
                wrong(errors, node, "rules.users: expected names, \"@group\", \"*\" or \"anonymous\"");
        } else if (key == "allow") {
            const auto names = strings(node);
            if (const auto rights = names ? rights_of(*names) : std::nullopt)
                rule.allow = *rights;
            else
                wrong(errors, node,
                      "rules.allow: expected \"all\", \"none\", or some of \"read\", \"write\", \"delete\", \"lock\", "
                      "\"properties\"");
        } else {
            unknown_key(errors, key, "rules", "allow, path, users");
        }
    }
    for (const auto* needed : {"path", "users", "allow"})
        if (!table.contains(needed)) wrong(errors, table, std::string("rules: a rule needs ") + needed);
}

/// The URL of an export must be a canonical path below the root.
std::optional<ResourcePath> export_path(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (!text || !text->starts_with('/')) return std::nullopt;
    auto path = ResourcePath::from_decoded(*text);
    if (!path || path->is_root()) return std::nullopt;
    return *path;
}

void set_flag(const toml::node& node, const char* name, bool& flag, NodeErrors& errors) {
    if (const auto value = node.value_exact<bool>())
        flag = *value;
    else
        wrong(errors, node, std::string("exports.") + name + ": expected true or false");
}

void read_export(const toml::table& table, Export& into, NodeErrors& errors) {
    for (const auto& [key, node] : table) {
        if (key == "path") {
            if (auto path = export_path(node))
                into.path = std::move(*path);
            else
                wrong(errors, node, "exports.path: expected a path below the root, such as \"/music\"");
        } else if (key == "root") {
            const auto root = node.value_exact<std::string>();
            if (root && !root->empty())
                into.root = *root;
            else
                wrong(errors, node, "exports.root: expected the path of a folder");
        } else if (key == "read_only") {
            set_flag(node, "read_only", into.read_only, errors);
        } else if (key == "homes") {
            set_flag(node, "homes", into.homes, errors);
        } else {
            unknown_key(errors, key, "exports", "homes, path, read_only, root");
        }
    }
    for (const auto* needed : {"path", "root"})
        if (!table.contains(needed)) wrong(errors, table, std::string("exports: an export needs ") + needed);
}

void check_apart(const toml::node& item, const Export& made, const Configuration& configuration, NodeErrors& errors) {
    for (const auto& other : configuration.exports)
        if (other.path.contains(made.path) || made.path.contains(other.path))
            return wrong(errors, item,
                         "exports.path: " + made.path.href() + " and " + other.path.href() +
                             ": no export may lie inside another");
}

/// Calls `read` for each table of [[name]].
void each_table(const toml::node& node, const std::string& name, NodeErrors& errors, const auto& read) {
    const auto* array = node.as_array();
    if (!array) return wrong(errors, node, name + ": expected [[" + name + "]]");
    for (const auto& item : *array) {
        if (item.is_table())
            read(*item.as_table());
        else
            wrong(errors, item, name + ": expected [[" + name + "]]");
    }
}

}  // namespace

std::string export_root_key(const Export& made) {
    return "exports.root of " + made.path.href();
}

void read_exports(const toml::node& node, Configuration& into, NodeErrors& errors) {
    each_table(node, "exports", errors, [&](const toml::table& table) {
        const auto before = errors.size();
        Export made;
        read_export(table, made, errors);
        // An invalid export is not compared with others.
        if (errors.size() == before) check_apart(table, made, into, errors);
        if (errors.size() != before) return;
        into.lines[export_root_key(made)] = table.get("root")->source().begin.line;
        into.exports.push_back(std::move(made));
    });
}

void read_rules(const toml::node& node, Configuration& into, NodeErrors& errors) {
    std::vector<engine::AccessRule> rules;
    each_table(node, "rules", errors, [&](const toml::table& table) {
        const auto before = errors.size();
        engine::AccessRule rule;
        rule.line = table.source().begin.line;
        if (const auto& file = table.source().path) rule.file = std::filesystem::absolute(*file).lexically_normal();
        read_rule(table, rule, errors);
        if (errors.size() != before) return;
        // Each rule is checked separately, so that a mistake has a place.
        if (auto sound = engine::AccessRules::make({rule}, fs::composed); !sound)
            return wrong(errors, table, "rules: " + sound.error());
        rules.push_back(std::move(rule));
    });
    into.rules = engine::AccessRules::make(rules, fs::composed).value();
    into.written_rules = std::move(rules);
}

}  // namespace davit::app

#include "access_configuration.hpp"

#include <algorithm>
#include <array>

#include "configuration_row.hpp"
#include "davit/fs/unicode.hpp"

namespace davit::app {
namespace {

using Error = std::optional<NodeError>;

Error wrong(const toml::node& node, std::string what) {
    return NodeError{node.source(), std::move(what)};
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

Error unknown_key(const toml::key& key, const std::string& table, const char* known) {
    return NodeError{key.source(),
                     table + "." + std::string(key.str()) + ": no such key; [[" + table + "]] has " + known};
}

Error read_rule(const toml::table& table, engine::AccessRule& rule) {
    for (const auto& [key, node] : table) {
        if (key == "path") {
            const auto path = node.value_exact<std::string>();
            if (!path) return wrong(node, "rules.path: expected a path such as \"/public\" or \"/homes/{user}\"");
            rule.path = *path;
        } else if (key == "users") {
            auto users = strings(node);
            if (!users) return wrong(node, "rules.users: expected names, \"@group\", \"*\" or \"anonymous\"");
            rule.users = std::move(*users);
        } else if (key == "allow") {
            const auto names = strings(node);
            const auto rights = names ? rights_of(*names) : std::nullopt;
            if (!rights)
                return wrong(node,
                             "rules.allow: expected \"all\", \"none\", or some of \"read\", \"write\", \"delete\", "
                             "\"lock\", \"properties\"");
            rule.allow = *rights;
        } else {
            return unknown_key(key, "rules", "allow, path, users");
        }
    }
    for (const auto* needed : {"path", "users", "allow"})
        if (!table.contains(needed)) return wrong(table, std::string("rules: a rule needs ") + needed);
    return std::nullopt;
}

/// The URL of an export: a canonical path below the root.
std::optional<ResourcePath> export_path(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (!text || !text->starts_with('/')) return std::nullopt;
    auto path = ResourcePath::from_decoded(*text);
    if (!path || path->is_root()) return std::nullopt;
    return *path;
}

Error set_flag(const toml::node& node, const char* name, bool& flag) {
    const auto value = node.value_exact<bool>();
    if (!value) return wrong(node, std::string("exports.") + name + ": expected true or false");
    flag = *value;
    return std::nullopt;
}

Error read_export(const toml::table& table, Export& into) {
    for (const auto& [key, node] : table) {
        if (key == "path") {
            auto path = export_path(node);
            if (!path) return wrong(node, "exports.path: expected a path below the root, such as \"/music\"");
            into.path = std::move(*path);
        } else if (key == "root") {
            const auto root = node.value_exact<std::string>();
            if (!root || root->empty()) return wrong(node, "exports.root: expected the path of a folder");
            into.root = *root;
        } else if (key == "read_only") {
            if (auto error = set_flag(node, "read_only", into.read_only)) return error;
        } else if (key == "homes") {
            if (auto error = set_flag(node, "homes", into.homes)) return error;
        } else {
            return unknown_key(key, "exports", "homes, path, read_only, root");
        }
    }
    for (const auto* needed : {"path", "root"})
        if (!table.contains(needed)) return wrong(table, std::string("exports: an export needs ") + needed);
    return std::nullopt;
}

}  // namespace

Error read_exports(const toml::node& node, Configuration& into) {
    const auto* array = node.as_array();
    if (!array) return wrong(node, "exports: expected [[exports]]");
    for (const auto& item : *array) {
        if (!item.is_table()) return wrong(item, "exports: expected [[exports]]");
        Export made;
        if (auto error = read_export(*item.as_table(), made)) return error;
        for (const auto& other : into.exports)
            if (other.path.contains(made.path) || made.path.contains(other.path))
                return wrong(item, "exports.path: " + made.path.href() + " and " + other.path.href() +
                                       ": no export may lie inside another");
        into.exports.push_back(std::move(made));
    }
    return std::nullopt;
}

Error read_rules(const toml::node& node, Configuration& into) {
    const auto* array = node.as_array();
    if (!array) return wrong(node, "rules: expected [[rules]]");
    std::vector<engine::AccessRule> rules;
    for (const auto& item : *array) {
        if (!item.is_table()) return wrong(item, "rules: expected [[rules]]");
        auto& rule = rules.emplace_back();
        if (auto error = read_rule(*item.as_table(), rule)) return error;
        // Each by itself, so that the mistake has a place.
        if (auto sound = engine::AccessRules::make({rule}, fs::composed); !sound)
            return wrong(item, "rules: " + sound.error());
    }
    into.rules = engine::AccessRules::make(rules, fs::composed).value();
    into.written_rules = std::move(rules);
    return std::nullopt;
}

}  // namespace davit::app

#pragma once
// [[rules]] and [[exports]]: tables that a file may repeat.
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "davit/app/configuration.hpp"

namespace davit::app {

/// A mistake and its place.
struct NodeError {
    toml::source_region where;
    std::string what;
};
using NodeErrors = std::vector<NodeError>;

/// Reads `node`, the value of the top-level key `rules`.
void read_rules(const toml::node& node, Configuration& into, NodeErrors& errors);
/// The same for `exports`. No export may lie inside another.
void read_exports(const toml::node& node, Configuration& into, NodeErrors& errors);
/// The key of this export's root in Configuration::lines.
std::string export_root_key(const Export& made);

}  // namespace davit::app

#pragma once
// [[rules]] and [[exports]]: tables that may stand there many times.
#include <optional>
#include <string>

#include <toml++/toml.h>

#include "davit/app/configuration.hpp"

namespace davit::app {

/// What is wrong, and where.
struct NodeError {
    toml::source_region where;
    std::string what;
};
/// Reads `node`, the value of the top-level key `rules`.
std::optional<NodeError> read_rules(const toml::node& node, Configuration& into);
/// The same of `exports`. None lies inside another.
std::optional<NodeError> read_exports(const toml::node& node, Configuration& into);

}  // namespace davit::app

#pragma once
// Media types beyond the built-in ones: the system's table, and [types] of the configuration.
#include <map>
#include <string>

#include "access_configuration.hpp"
#include "configuration_values.hpp"

namespace davit::app {

inline constexpr const char* system_media_type_file = "/etc/mime.types";

/// By extension. Empty when the system has no such file; its last content when the file is unreadable.
std::map<std::string, std::string> system_media_types();
/// The text of such a file: each line has a type and its extensions. Skips invalid lines.
std::map<std::string, std::string> parse_media_types(std::string_view text);

/// Reads the table [types]: an extension, with or without its dot, and a media type.
void read_types(const toml::node& node, Configuration& into, NodeErrors& errors);

}  // namespace davit::app

#pragma once
// Values with their own syntax. For an invalid value each function says what is allowed.
#include <expected>
#include <string>

#include <toml++/toml.h>

#include "davit/app/configuration.hpp"

namespace davit::app {

std::expected<void, std::string> set_root(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_base_path(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_authorities(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_origins(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_litter(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_public_urls(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_user_header(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_groups_header(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_trusted_proxies(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_trace_users(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_trace_paths(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_trace_clients(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_socket_mode(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_trash_max(const toml::node& node, Configuration& configuration);
std::expected<void, std::string> set_accel_redirect(const toml::node& node, Configuration& configuration);

}  // namespace davit::app

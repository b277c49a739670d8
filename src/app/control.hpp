#pragma once
// What the operator's commands share: finding the daemon, asking it, understanding its answer.
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "davit/http/control_client.hpp"

namespace CLI {
class App;
}

namespace davit::app {

/// Which daemon: the one that serves `dir`, unless a socket is named.
struct ControlAddress {
    std::string dir = ".";
    std::string socket;
};
/// Adds the options that name it.
void add_control_options(CLI::App& command, ControlAddress& address);

/// What a command about requests is asked for.
struct RequestChoice {
    ControlAddress control;
    std::string user, path;  ///< "" for all
    bool json = false;
};
/// Adds such a command with the options that it shares with others of its kind.
CLI::App& add_request_command(CLI::App& app, const std::string& name, const std::string& description,
                              RequestChoice& choice);

/// Where a daemon that serves `root` listens by default.
std::string default_control_socket(const std::string& root);
std::string socket_path(const ControlAddress& address);
/// One percent-encoded segment of a target.
std::string segment(std::string_view text);

/// The answer, whatever its status. The error says where the daemon was looked for and why none is there.
std::expected<http::ControlAnswer, std::string> ask_daemon(const ControlAddress& address,
                                                           const http::ControlRequest& request);

/// The JSON of a success; otherwise a sentence, the daemon's own when it refused.
std::expected<boost::json::value, std::string> ask(const ControlAddress& address, const http::ControlRequest& request);

/// Complains about it on standard error; exit code 1.
int refused(const std::string& why);
void print_json(const boost::json::value& value);

/// "2h 5min", "12s": the two largest units.
std::string duration_text(std::chrono::seconds duration);
std::string text_at(const boost::json::object& from, std::string_view key);
std::chrono::seconds seconds_at(const boost::json::object& from, std::string_view key);

}  // namespace davit::app

#pragma once
// Shared by the operator's commands: finds the daemon, sends it a request, interprets the response.
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

/// Selects the daemon: the one that serves `dir`, unless a socket is named.
struct ControlAddress {
    std::string dir = ".";
    std::string socket;
};
/// Adds the options that select it.
void add_control_options(CLI::App& command, ControlAddress& address);

/// The options of a command about requests.
struct RequestChoice {
    ControlAddress control;
    std::string user, path;  ///< "" for all
    bool json = false;
};
/// Adds such a command with the options that all commands of this kind share.
CLI::App& add_request_command(CLI::App& app, const std::string& name, const std::string& description,
                              RequestChoice& choice);

/// The default control socket of a daemon that serves `root`.
std::string default_control_socket(const std::string& root);
std::string socket_path(const ControlAddress& address);
/// Percent-encodes one segment of a target.
std::string segment(std::string_view text);

/// The response, whatever its status. The error says where the command looked for the daemon and why none is there.
std::expected<http::ControlAnswer, std::string> ask_daemon(const ControlAddress& address,
                                                           const http::ControlRequest& request);

/// The JSON of a success; otherwise a sentence, which is the daemon's own when it refused.
std::expected<boost::json::value, std::string> ask(const ControlAddress& address, const http::ControlRequest& request);

/// Prints the reason to standard error and returns exit code 1.
int refused(const std::string& why);
void print_json(const boost::json::value& value);

/// "2h 5min", "12s": the two largest units.
std::string duration_text(std::chrono::seconds duration);
std::string text_at(const boost::json::object& from, std::string_view key);
std::chrono::seconds seconds_at(const boost::json::object& from, std::string_view key);

}  // namespace davit::app

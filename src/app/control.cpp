#include "control.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>

#include "davit/core/printable.hpp"
#include "davit/core/resource_path.hpp"
#include "folder_mistake.hpp"

namespace davit::app {

void add_control_options(CLI::App& command, ControlAddress& address) {
    command.add_option("dir", address.dir, "The folder the daemon serves; default: this one");
    command.add_option("--control", address.socket,
                       "Its control socket, when that is elsewhere (server.control_socket)");
}

CLI::App& add_request_command(CLI::App& app, const std::string& name, const std::string& description,
                              RequestChoice& choice) {
    auto& command = *app.add_subcommand(name, description);
    add_control_options(command, choice.control);
    command.add_option("--user", choice.user, "Only requests of this user; anonymous: those without a login");
    command.add_option("--path", choice.path, "Only of this path of a URL and what lies below it");
    command.add_flag("--json", choice.json, "For programs: JSON");
    return command;
}

std::string default_control_socket(const std::string& root) {
    const bool slash = root.ends_with('/');
    return root + (slash ? "" : "/") + std::string(ResourcePath::reserved_name) + "/control";
}

std::string socket_path(const ControlAddress& address) {
    return address.socket.empty() ? default_control_socket(address.dir) : address.socket;
}

namespace {

std::string no_socket(const ControlAddress& address) {
    if (!address.socket.empty()) return "no davit listens there";
    if (auto wrong = not_a_folder(address.dir); !wrong.empty()) return wrong;
    return "no davit serves this directory, or its control socket is elsewhere (--control)";
}

/// Says why no daemon answers there; "" when unknown.
std::string no_daemon(const ControlAddress& address) {
    const auto path = socket_path(address);
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return no_socket(address);
        return errno == EACCES ? "permission denied: ask as the user who runs davit, or as root" : std::string();
    }
    if (!S_ISSOCK(status.st_mode)) return "this is no socket";
    if (::access(path.c_str(), R_OK | W_OK) == 0) return "the davit that made it has ended";
    return "permission denied: it is for " + owner_text(path) + ", and " + own_user() + " asks";
}

}  // namespace

std::expected<http::ControlAnswer, std::string> ask_daemon(const ControlAddress& address,
                                                           const http::ControlRequest& request) {
    auto answer = http::ask_control(socket_path(address), request);
    if (answer || !answer.error().starts_with("no daemon answers")) return answer;
    const auto why = no_daemon(address);
    if (why.empty()) return answer;
    return std::unexpected("no daemon answers at " + socket_path(address) + ": " + why);
}

std::string segment(std::string_view text) {
    std::string out;
    append_encoded_segment(out, text);
    return out;
}

std::expected<boost::json::value, std::string> ask(const ControlAddress& address, const http::ControlRequest& request) {
    auto answer = ask_daemon(address, request);
    if (!answer) return std::unexpected(std::move(answer.error()));
    boost::json::error_code error;
    auto value = boost::json::parse(answer->body, error);
    if (error) return std::unexpected("the daemon's answer is not understood: " + answer->body.substr(0, 200));
    if (answer->status < 300) return value;
    const auto* object = value.if_object();
    const auto sentence = object ? text_at(*object, "detail") : std::string();
    return std::unexpected(sentence.empty() ? "the daemon answered " + std::to_string(answer->status) : sentence);
}

int refused(const std::string& why) {
    std::fprintf(stderr, "davit: %s\n", printable(why).c_str());
    return 1;
}

void print_json(const boost::json::value& value) {
    std::printf("%s\n", boost::json::serialize(value).c_str());
}

std::string duration_text(std::chrono::seconds duration) {
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    constexpr std::array units{Unit{86400, "d"}, Unit{3600, "h"}, Unit{60, "min"}, Unit{1, "s"}};
    auto left = std::max<std::int64_t>(duration.count(), 0);
    std::string text;
    int shown = 0;
    for (const auto& unit : units) {
        const auto count = left / unit.seconds;
        left %= unit.seconds;
        if (shown > 0) ++shown;
        if (count == 0 && (shown > 0 || unit.seconds > 1)) continue;
        if (!text.empty()) text += ' ';
        text += std::to_string(count) + unit.name;
        if (shown == 0) shown = 1;
        if (shown >= 2) break;
    }
    return text;
}

std::string text_at(const boost::json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::chrono::seconds seconds_at(const boost::json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    boost::json::error_code error;
    const auto seconds = value && value->is_number() ? value->to_number<std::int64_t>(error) : 0;
    return std::chrono::seconds(error ? 0 : seconds);
}

}  // namespace davit::app

#include "explain_command.hpp"

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>

#include "davit/app/explain.hpp"
#include "davit/core/printable.hpp"
#include "davit/http/control_client.hpp"
#include "log_reader.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

using Body = std::expected<std::string, std::string>;

constexpr std::size_t most_body_bytes = 64U << 20U;  // of a body in a file

Body read_stream(std::istream& in) {
    std::ostringstream content;
    if (!in || (!(content << in.rdbuf()) && !in.eof())) return std::unexpected("it cannot be read");
    return content.str();
}

Body ask_daemon(const ExplainArguments& arguments) {
    auto answer = http::ask_control(socket_path(arguments.control), {.target = "/failures/" + segment(arguments.what)});
    if (!answer) return std::unexpected("there is no such file, and as a request id: " + answer.error());
    if (answer->status == 404)
        return std::unexpected(
            "the daemon remembers no failure with this request id; older ones are in its log: davit explain ID --log "
            "FILE");
    return std::move(answer->body);
}

/// The last failure with this id: a client may use one again.
Body find_in_log(const ExplainArguments& arguments) {
    std::optional<boost::json::object> found;
    const auto read = each_logged_failure(arguments.log, [&](boost::json::object failure) {
        if (text_at(failure, "request-id") == arguments.what) found = std::move(failure);
    });
    if (!read) return std::unexpected(arguments.log + ": " + read.error());
    if (!found) return std::unexpected(arguments.log + " has no failure with this request id");
    return boost::json::serialize(*found);
}

Body body_of(const ExplainArguments& arguments) {
    if (!arguments.log.empty()) return find_in_log(arguments);
    if (arguments.what.empty() || arguments.what == "-") return read_stream(std::cin);
    if (!std::filesystem::exists(arguments.what)) return ask_daemon(arguments);
    return read_regular_file(arguments.what, most_body_bytes);
}

int complain(const ExplainArguments& arguments, const std::string& why) {
    const auto what = arguments.what.empty() ? "standard input" : arguments.what;
    std::fprintf(stderr, "davit: %s: %s\n", what.c_str(), printable(why).c_str());
    return 1;
}

}  // namespace

int explain_command(const ExplainArguments& arguments) {
    const auto body = body_of(arguments);
    if (!body) return complain(arguments, body.error());
    const auto explanation = explain_body(*body);
    if (!explanation) return complain(arguments, explanation.error());
    std::fputs((arguments.json ? as_json(*explanation) : as_text(*explanation)).c_str(), stdout);
    return 0;
}

}  // namespace davit::app

#include "explain_command.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>

#include "davit/app/explain.hpp"
#include "davit/app/units.hpp"
#include "davit/core/failure.hpp"
#include "davit/core/printable.hpp"
#include "log_reader.hpp"
#include "pasted.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

using Body = std::expected<std::string, std::string>;

constexpr std::size_t most_body_bytes = 64U << 20U;

Body read_stream(std::istream& in) {
    std::string content;
    std::array<char, 65536> block{};
    while (in.read(block.data(), block.size()), in.gcount() > 0) {
        content.append(block.data(), static_cast<std::size_t>(in.gcount()));
        if (content.size() > most_body_bytes)
            return std::unexpected("longer than " + std::to_string(most_body_bytes) + " bytes");
    }
    if (!in.eof()) return std::unexpected("it cannot be read");
    return content;
}

Body failure_of_id(const ExplainArguments& arguments) {
    const bool path = arguments.what.find('/') != std::string::npos;
    if (path && arguments.control.socket.empty()) return std::unexpected("no such file");
    auto answer = ask_daemon(arguments.control, {.target = "/failures/" + segment(arguments.what)});
    if (!answer) return std::unexpected("there is no such file, and as a request id: " + answer.error());
    if (answer->status == 404)
        return std::unexpected(
            "the daemon remembers no failure with this request id; older ones are in its log: davit explain ID --log "
            "FILE");
    return std::move(answer->body);
}

/// The last failure with this id, because a client may reuse one.
Body find_in_log(const ExplainArguments& arguments) {
    std::optional<boost::json::object> found;
    const auto read = each_logged_failure(arguments.log, [&](boost::json::object failure) {
        if (text_at(failure, "request-id") == arguments.what) found = std::move(failure);
    });
    if (!read) return std::unexpected(arguments.log + ": " + read.error());
    if (!found) return std::unexpected(arguments.log + " has no failure with this request id");
    return boost::json::serialize(*found);
}

/// For a code or a status alone: advice for every such failure.
std::optional<std::string> failure_of_kind(const std::string& what) {
    const auto code = failure_code(what);
    const auto status = parse_whole_number(what);
    if (code)
        return boost::json::serialize(boost::json::object{{"status", number(kind(*code).status)}, {"code", what}});
    if (!status || *status < 400 || *status > 599) return std::nullopt;
    return boost::json::serialize(boost::json::object{{"status", *status}});
}

Body body_of(const ExplainArguments& arguments) {
    if (!arguments.log.empty()) return find_in_log(arguments);
    if (arguments.what.empty() || arguments.what == "-") return read_stream(std::cin);
    if (std::filesystem::exists(arguments.what)) return read_regular_file(arguments.what, most_body_bytes);
    if (auto known = failure_of_kind(arguments.what)) return std::move(*known);
    return failure_of_id(arguments);
}

int complain(const ExplainArguments& arguments, const std::string& why) {
    const auto what = arguments.what.empty() ? "standard input" : arguments.what;
    std::fprintf(stderr, "davit: %s: %s\n", what.c_str(), printable(why).c_str());
    return 1;
}

}  // namespace

int explain_command(const ExplainArguments& given) {
    auto arguments = given;
    if (!std::filesystem::exists(arguments.what)) arguments.what = as_request_id(arguments.what);
    const auto body = body_of(arguments);
    if (!body) return complain(arguments, body.error());
    const auto explanation = explain_body(*body);
    if (!explanation) return complain(arguments, explanation.error());
    std::fputs((arguments.json ? as_json(*explanation) : as_text(*explanation)).c_str(), stdout);
    return 0;
}

}  // namespace davit::app

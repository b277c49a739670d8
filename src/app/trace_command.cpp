#include "trace_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <thread>

#include "davit/app/units.hpp"
#include "davit/core/printable.hpp"

namespace davit::app {
namespace {

constexpr std::chrono::milliseconds between_questions{250};

http::ControlRequest beginning(const TraceArguments& arguments) {
    http::ControlRequest request{.method = "POST", .target = "/trace"};
    for (const auto& [name, value] :
         {std::pair("Trace-User", &arguments.user), std::pair("Trace-Path", &arguments.path),
          std::pair("Trace-Client", &arguments.client)})
        if (!value->empty()) request.fields.emplace_back(name, *value);
    return request;
}

std::string target_of(const boost::json::object& begun) {
    return "/trace/" + segment(text_at(begun, "id"));
}

void print_traced(const boost::json::object& request, bool json) {
    if (json) return print_json(request);
    std::printf("* %s\n", printable(text_at(request, "request_id")).c_str());
    for (const auto& line : request.at("wire").as_array())
        std::printf("%s\n", printable(std::string_view(line.as_string())).c_str());
    std::puts("");
}

/// Returns the number of printed requests.
std::uint64_t print_news(const boost::json::object& news, const TraceArguments& arguments) {
    std::uint64_t printed = 0;
    for (const auto& each : news.at("requests").as_array()) {
        print_traced(each.as_object(), arguments.json);
        if (++printed == arguments.count) break;
    }
    if (const auto lost = seconds_at(news, "lost").count(); lost > 0)
        std::fprintf(stderr, "davit: %lld requests were lost: they came faster than they were read\n",
                     static_cast<long long>(lost));
    std::fflush(stdout);
    return printed;
}

}  // namespace

void add_trace(CLI::App& app, TraceArguments& arguments) {
    auto& command =
        add_request_command(app, "trace", "Show requests and answers of a running daemon, until Ctrl-C", arguments);
    command.add_option("--client", arguments.client, "Only of this address or network: 192.0.2.7, 10.0.0.0/8, unix");
    command.add_option("--count", arguments.count, "End after so many requests")->check([](const std::string& text) {
        const auto number = parse_whole_number(text);
        return number == 0 ? text + " is no number of requests to wait for"
                           : wrong_number(text, "a number of requests to wait for");
    });
}

int trace_command(const TraceArguments& given) {
    auto arguments = given;
    const auto begun = ask(arguments.control, beginning(arguments));
    if (!begun) return refused(begun.error());
    const auto target = target_of(begun->as_object());
    std::fputs("davit: waiting for requests; Ctrl-C ends\n", stderr);
    for (;;) {
        const auto news = ask(arguments.control, {.target = target});
        if (!news) return refused(news.error());
        const auto printed = print_news(news->as_object(), arguments);
        if (arguments.count > 0 && printed == arguments.count) break;
        if (arguments.count > 0) arguments.count -= printed;
        std::this_thread::sleep_for(between_questions);
    }
    (void)ask(arguments.control, {.method = "DELETE", .target = target});
    return 0;
}

}  // namespace davit::app

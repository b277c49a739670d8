#include "failures_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "davit/app/units.hpp"
#include "davit/core/failure.hpp"
#include "davit/core/http_date.hpp"
#include "log_reader.hpp"
#include "table.hpp"

namespace davit::app {
namespace {

using Object = boost::json::object;
using Seconds = std::chrono::sys_seconds;

std::expected<Seconds, std::string> parse_since(const std::string& text) {
    if (const auto ago = parse_duration(text))
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - *ago;
    if (const auto time = parse_time(text)) return *time;
    return std::unexpected("--since " + text +
                           ": expected a duration such as 10min, 2h or 1d, or a time such as "
                           "2026-01-31T12:00:00Z");
}

/// The path of a target or href; nothing for "*" and the like.
std::optional<ResourcePath> path_of(std::string_view target) {
    const auto scheme = target.find("://");
    if (scheme != target.npos) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == target.npos ? "/" : target.substr(slash);
    }
    auto path = ResourcePath::parse(target.substr(0, target.find('?')));
    return path ? std::optional(std::move(*path)) : std::nullopt;
}

/// Selects the failures to list.
class FailureFilter {
public:
    static std::expected<FailureFilter, std::string> make(const FailuresArguments& arguments) {
        FailureFilter filter(arguments);
        const bool digits = arguments.code.find_first_not_of("0123456789") == std::string::npos;
        const bool status = digits && (arguments.code.empty() || arguments.code.size() == 3);
        if (!status && !failure_code(arguments.code))
            return std::unexpected("--code " + arguments.code +
                                   ": no such code; docs/failed-dependency.md lists them, and a status will do");
        if (!arguments.since.empty()) {
            const auto since = parse_since(arguments.since);
            if (!since) return std::unexpected(since.error());
            filter.since_ = *since;
        }
        if (!arguments.path.empty()) {
            filter.path_ = path_of(arguments.path);
            if (!filter.path_) filter.path_ = path_or_nothing(ResourcePath::from_decoded(arguments.path));
            if (!filter.path_) return std::unexpected("--path " + arguments.path + ": this is no path");
        }
        return filter;
    }

    bool takes(const Object& failure) const {
        return takes_user(failure) && takes_code(failure) && takes_time(failure) && takes_path(failure);
    }

private:
    explicit FailureFilter(const FailuresArguments& arguments) : arguments_(&arguments) {}

    template <typename Parsed>
    static std::optional<ResourcePath> path_or_nothing(Parsed parsed) {
        return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
    }

    bool takes_user(const Object& failure) const {
        const auto& wanted = arguments_->user;
        const auto user = text_at(failure, "user");
        return wanted.empty() || user == wanted || (wanted == "anonymous" && user.empty());
    }

    bool takes_code(const Object& failure) const {
        const auto& code = arguments_->code;
        return code.empty() || text_at(failure, "code") == code ||
               std::to_string(seconds_at(failure, "status").count()) == code;
    }

    /// Lines of a log may lack a time; those are listed.
    bool takes_time(const Object& failure) const {
        const auto time = since_ ? parse_time(text_at(failure, "time")) : std::nullopt;
        return !time || *time >= *since_;
    }

    /// True when the target, the Destination or a failed resource is the path, or lies below it.
    bool takes_path(const Object& failure) const {
        if (!path_) return true;
        for (const char* key : {"path", "destination", "href"})
            if (const auto path = path_of(text_at(failure, key)); path && path_->contains(*path)) return true;
        return false;
    }

    const FailuresArguments* arguments_;
    std::optional<Seconds> since_;
    std::optional<ResourcePath> path_;
};

std::expected<boost::json::array, std::string> all_failures(const FailuresArguments& arguments) {
    if (arguments.log.empty()) {
        auto answer = ask(arguments.control, {.target = "/failures"});
        if (!answer) return std::unexpected(answer.error());
        if (!answer->is_array()) return std::unexpected("the daemon is of a version that does not list its failures");
        return std::move(answer->get_array());
    }
    boost::json::array all;
    const auto read = each_logged_failure(arguments.log, [&](Object failure) { all.push_back(std::move(failure)); });
    if (!read) return std::unexpected(arguments.log + ": " + read.error());
    return all;
}

void print_failures(const boost::json::array& failures) {
    std::vector<std::vector<std::string>> rows{{"TIME", "REQUEST ID", "USER", "METHOD", "PATH", "FAILURE", "WHY"}};
    for (const auto& each : failures) {
        const auto& failure = each.as_object();
        rows.push_back({text_at(failure, "time"), text_at(failure, "request-id"), text_at(failure, "user"),
                        text_at(failure, "method"), text_at(failure, "path"),
                        std::to_string(seconds_at(failure, "status").count()) + " " + text_at(failure, "code"),
                        text_at(failure, "detail")});
    }
    std::fputs(rows.size() == 1 ? "no failures\n" : as_table(rows).c_str(), stdout);
}

}  // namespace

void add_failures(CLI::App& app, FailuresArguments& arguments) {
    auto& failures =
        add_request_command(app, "failures", "List recent failures: of a running daemon, or of a log file", arguments);
    failures.add_option("--code", arguments.code, "Only those with this code or status");
    failures.add_option("--since", arguments.since, "Only later ones: 10min, 2h, 1d, or 2026-01-31T12:00:00Z");
    failures.add_option("--log", arguments.log, "Read them from this log file; - for standard input");
}

int failures_command(const FailuresArguments& arguments) {
    const auto filter = FailureFilter::make(arguments);
    if (!filter) return refused(filter.error());
    auto all = all_failures(arguments);
    if (!all) return refused(all.error());
    boost::json::array shown;
    for (auto& each : *all)
        if (each.is_object() && filter->takes(each.get_object())) shown.push_back(std::move(each));
    if (arguments.json)
        print_json(shown);
    else
        print_failures(shown);
    return 0;
}

}  // namespace davit::app

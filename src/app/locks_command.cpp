#include "locks_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "table.hpp"

namespace davit::app {
namespace {

using Object = boost::json::object;

/// The text inside an XML element, for a table; --json has the element itself.
std::string without_tags(const std::string& xml) {
    std::string text;
    bool tag = false;
    for (const char c : xml) {
        if (c == '<') tag = true;
        if (!tag) text += c;
        if (c == '>') tag = false;
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// An authenticated user, or the client's own description.
std::string owner_of(const Object& lock) {
    const auto user = text_at(lock, "user");
    auto said = without_tags(text_at(lock, "owner"));
    if (user.empty()) return said;
    return said.empty() || said == user ? user : user + " (" + said + ")";
}

std::string remaining_of(const Object& lock) {
    return duration_text(seconds_at(lock, "remaining_s"));
}

void print_list(const boost::json::value& locks) {
    std::vector<std::vector<std::string>> rows{{"RESOURCE", "SCOPE", "DEPTH", "OWNER", "AGE", "REMAINING", "TOKEN"}};
    for (const auto& each : locks.as_array()) {
        const auto& lock = each.as_object();
        rows.push_back({text_at(lock, "href"), text_at(lock, "scope"), text_at(lock, "depth"), owner_of(lock),
                        duration_text(seconds_at(lock, "age_s")), remaining_of(lock), text_at(lock, "token")});
    }
    std::fputs(rows.size() == 1 ? "no locks\n" : as_table(rows).c_str(), stdout);
}

void print_one(const boost::json::value& value) {
    const auto& lock = value.as_object();
    std::fputs(as_table({{"resource", text_at(lock, "href")},
                         {"token", text_at(lock, "token")},
                         {"scope", text_at(lock, "scope")},
                         {"depth", text_at(lock, "depth")},
                         {"owner", owner_of(lock)},
                         {"age", duration_text(seconds_at(lock, "age_s"))},
                         {"remaining", remaining_of(lock)},
                         {"client", text_at(lock, "client")},
                         {"request id", text_at(lock, "request_id")}})
                   .c_str(),
               stdout);
}

}  // namespace

void add_locks(CLI::App& app, LocksArguments& arguments) {
    using enum LocksArguments::Action;
    auto* locks = app.add_subcommand("locks", "Look at the locks of a running daemon, and break stale ones");
    locks->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, LocksArguments::Action action) {
        auto* command = locks->add_subcommand(name, help);
        command->callback([&arguments, action] { arguments.action = action; });
        if (action != list) command->add_option("token", arguments.token, "The lock's token")->required();
        add_control_options(*command, arguments.control);
        command->add_flag("--json", arguments.json, "For programs");
    };
    add("list", "Every lock that is held", list);
    add("show", "Everything about one lock", show);
    add("break", "Break a lock without asking its owner", broken);
}

int locks_command(const LocksArguments& arguments) {
    using enum LocksArguments::Action;
    const bool whole = arguments.action == list;
    const auto answer = ask(arguments.control, {.method = arguments.action == broken ? "DELETE" : "GET",
                                                .target = whole ? "/locks" : "/locks/" + segment(arguments.token)});
    if (!answer) return refused(answer.error());
    if (arguments.json) {
        print_json(*answer);
        return 0;
    }
    if (whole) {
        print_list(*answer);
        return 0;
    }
    if (arguments.action == broken) std::puts("broken:");
    print_one(*answer);
    return 0;
}

}  // namespace davit::app

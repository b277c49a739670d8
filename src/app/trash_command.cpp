#include "trash_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "davit/core/resource_path.hpp"
#include "table.hpp"

namespace davit::app {
namespace {

using Action = TrashArguments::Action;

std::string size_of(const boost::json::object& entry) {
    const auto* collection = entry.if_contains("collection");
    if (collection && collection->is_bool() && collection->get_bool()) return "folder";
    const auto* size = entry.if_contains("size");
    return size && size->is_number() ? std::to_string(size->to_number<std::uint64_t>()) : "";
}

void print_entries(const boost::json::value& entries) {
    std::vector<std::vector<std::string>> rows{{"ID", "REMOVED", "BY", "SIZE", "RESOURCE"}};
    for (const auto& each : entries.as_array()) {
        const auto& entry = each.as_object();
        const auto href = text_at(entry, "href");
        rows.push_back({text_at(entry, "id"), text_at(entry, "removed"), text_at(entry, "user"), size_of(entry),
                        href.empty() ? "(unknown: restore it with --to)" : href});
    }
    std::fputs(rows.size() == 1 ? "nothing in the trash\n" : as_table(rows).c_str(), stdout);
}

std::expected<http::ControlRequest, std::string> request_for(const TrashArguments& arguments) {
    const auto entry = "/trash/" + segment(arguments.id);
    if (arguments.action == Action::list) return http::ControlRequest{.target = "/trash"};
    if (arguments.action == Action::empty)
        return http::ControlRequest{.method = "DELETE", .target = arguments.id.empty() ? "/trash" : entry};
    http::ControlRequest request{.method = "POST", .target = entry + "/restore"};
    request.fields.emplace_back("Overwrite", arguments.overwrite ? "T" : "F");
    if (arguments.to.empty()) return request;
    const auto place = ResourcePath::from_decoded(arguments.to);
    if (!place) return std::unexpected("--to: " + std::string(explain(place.error())));
    request.fields.emplace_back("Destination", place->href());
    return request;
}

void print(const TrashArguments& arguments, const boost::json::value& answer) {
    if (arguments.json) return print_json(answer);
    if (arguments.action == Action::list) return print_entries(answer);
    const auto& done = answer.as_object();
    if (arguments.action == Action::restore)
        std::fputs(as_table({{"restored", text_at(done, "href")}}).c_str(), stdout);
    else
        std::printf("%lld removed for good\n", static_cast<long long>(seconds_at(done, "discarded").count()));
}

}  // namespace

void add_trash(CLI::App& app, TrashArguments& arguments) {
    auto* trash = app.add_subcommand("trash", "What was deleted or overwritten and is kept (trash.keep)");
    trash->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Action action) {
        auto* command = trash->add_subcommand(name, help);
        command->callback([&arguments, action] { arguments.action = action; });
        if (action == Action::restore) command->add_option("id", arguments.id, "Which one, from list")->required();
        add_control_options(*command, arguments.control);
        command->add_flag("--json", arguments.json, "For programs");
        return command;
    };
    add("list", "What can be had back, oldest first", Action::list);
    auto* restore = add("restore", "Put something back where it stood", Action::restore);
    restore->add_option("--to", arguments.to, "Put it there instead: a path inside the folder, as /a/b c");
    restore->add_flag("--overwrite", arguments.overwrite, "Replace what stands there now; that goes to the trash");
    auto* empty = add("empty", "Remove for good what was deleted", Action::empty);
    empty->add_option("--id", arguments.id, "Only this one");
}

int trash_command(const TrashArguments& arguments) {
    const auto request = request_for(arguments);
    if (!request) return refused(request.error());
    const auto answer = ask(arguments.control, *request);
    if (!answer) return refused(answer.error());
    print(arguments, *answer);
    return 0;
}

}  // namespace davit::app

#include "trash_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "davit/core/amounts.hpp"
#include "davit/core/resource_path.hpp"
#include "table.hpp"

namespace davit::app {
namespace {

using Action = TrashArguments::Action;

std::uint64_t number_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

std::string size_of(const boost::json::object& entry) {
    const auto* collection = entry.if_contains("collection");
    const bool folder = collection && collection->is_bool() && collection->get_bool();
    const auto size = number_at(entry, folder ? "disk_bytes" : "size");
    if (!folder) return std::to_string(size);
    return size == 0 ? "folder" : "folder, " + std::to_string(size);
}

std::string place_of(const boost::json::object& entry) {
    auto text = text_at(entry, "href");
    const auto stuck = text_at(entry, "stuck");
    if (text.empty()) text = stuck.empty() ? "(unknown: restore it with --to)" : "(unknown)";
    return stuck.empty() ? text : text + " (cannot be removed: " + stuck + ")";
}

void print_entries(const boost::json::value& entries) {
    std::vector<std::vector<std::string>> rows{{"ID", "REMOVED", "BY", "SIZE", "RESOURCE"}};
    for (const auto& each : entries.as_array()) {
        const auto& entry = each.as_object();
        rows.push_back(
            {text_at(entry, "id"), text_at(entry, "removed"), text_at(entry, "user"), size_of(entry), place_of(entry)});
    }
    std::fputs(rows.size() == 1 ? "nothing in the trash\n" : as_table(rows).c_str(), stdout);
}

/// "40.0 MiB of at most 50.0 MiB on the disk"
std::string usage_text(const boost::json::object& usage) {
    const auto max = number_at(usage, "max_bytes");
    return size_text(number_at(usage, "bytes")) + (max > 0 ? " of at most " + size_text(max) : std::string()) +
           " on the disk";
}

/// The entries that could not be deleted.
boost::json::array unremoved_of(const boost::json::object& done) {
    const auto* remaining = done.if_contains("remaining");
    return remaining && remaining->is_array() ? remaining->get_array() : boost::json::array();
}

void print_discarded(const boost::json::object& done) {
    std::printf("%lld removed for good\n", static_cast<long long>(seconds_at(done, "discarded").count()));
    const auto remaining = unremoved_of(done);
    if (remaining.empty()) return;
    std::printf("%zu could not be removed:\n", remaining.size());
    print_entries(remaining);
}

std::expected<http::ControlRequest, std::string> request_for(const TrashArguments& arguments) {
    const auto entry = "/trash/" + segment(arguments.id);
    if (arguments.action == Action::list) return http::ControlRequest{.target = "/trash"};
    if (arguments.action == Action::usage) return http::ControlRequest{.target = "/trash/usage"};
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
    if (arguments.action == Action::usage)
        std::printf("%s\n", usage_text(done).c_str());
    else if (arguments.action == Action::restore)
        std::fputs(as_table({{"restored", text_at(done, "href")}}).c_str(), stdout);
    else
        print_discarded(done);
}

/// Printed after the entries.
void print_total(const TrashArguments& arguments) {
    const auto usage = ask(arguments.control, {.target = "/trash/usage"});
    if (usage) std::printf("in all %s\n", usage_text(usage->as_object()).c_str());
}

}  // namespace

void add_trash(CLI::App& app, TrashArguments& arguments) {
    auto* trash = app.add_subcommand("trash", "Deleted and overwritten resources that are kept (trash.keep)");
    trash->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Action action) {
        auto* command = trash->add_subcommand(name, help);
        command->callback([&arguments, action] { arguments.action = action; });
        if (action == Action::restore) command->add_option("id", arguments.id, "Which one, from list")->required();
        add_control_options(*command, arguments.control);
        command->add_flag("--json", arguments.json, "For programs");
        return command;
    };
    add("list", "The entries that can be restored, oldest first", Action::list);
    add("usage", "The disk space that it uses, and its limit (trash.max_size)", Action::usage);
    auto* restore = add("restore", "Restore an entry to its original place", Action::restore);
    restore->add_option("--to", arguments.to, "Restore it to this path inside the folder instead: /a/b c");
    restore->add_flag("--overwrite", arguments.overwrite, "Replace the existing resource, which goes to the trash");
    auto* empty = add("empty", "Remove for good what was deleted", Action::empty);
    empty->add_option("--id", arguments.id, "Only this one");
}

int trash_command(const TrashArguments& arguments) {
    const auto request = request_for(arguments);
    if (!request) return refused(request.error());
    const auto answer = ask(arguments.control, *request);
    if (!answer) return refused(answer.error());
    print(arguments, *answer);
    if (arguments.action == Action::list && !arguments.json && !answer->as_array().empty()) print_total(arguments);
    return arguments.action == Action::empty && !unremoved_of(answer->as_object()).empty() ? 1 : 0;
}

}  // namespace davit::app

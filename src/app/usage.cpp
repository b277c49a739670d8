// Describes mistakes of a command line. The parser's own messages name neither the command nor the word that was
// probably meant.
#include "usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "davit/core/printable.hpp"
#include "nearest_word.hpp"

namespace davit::app {
namespace {

constexpr int wrong_usage = 2;

using Command = const CLI::App*;

std::vector<Command> commands_of(Command app) {
    return app->get_subcommands([](Command each) { return !each->get_name().empty(); });
}

Command command_named(Command app, const std::string& name) {
    for (const auto* each : commands_of(app))
        if (each->get_name() == name) return each;
    return nullptr;
}

/// The command that was named, and the first unknown word.
struct CommandPlace {
    std::vector<Command> path;
    std::string word;  ///< "" when there is none
    Command command() const { return path.back(); }
    /// "davit locks"
    std::string name() const {
        std::string text;
        for (const auto* each : path) text += (text.empty() ? "" : " ") + each->get_name();
        return text;
    }
};

CommandPlace command_place(const CLI::App& app, int argc, const char* const* argv) {
    CommandPlace place{{&app}, {}};
    for (int i = 1; i < argc && !commands_of(place.command()).empty(); ++i) {
        const std::string word = argv[i];
        if (word.starts_with('-')) continue;
        const auto* found = command_named(place.command(), word);
        if (!found) {
            place.word = word;
            break;
        }
        place.path.push_back(found);
    }
    return place;
}

std::vector<std::string> names_of(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    names.reserve(commands.size());
    for (const auto* each : commands) names.push_back(each->get_name());
    return names;
}

std::string list_of(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& each : words) text += (text.empty() ? "" : ", ") + each;
    return text;
}

/// "list" alone belongs to three commands.
std::vector<std::string> inner_commands(const CommandPlace& place) {
    std::vector<std::string> found;
    for (const auto* each : commands_of(place.command()))
        if (command_named(each, place.word)) found.push_back("davit " + each->get_name() + " " + place.word);
    return found;
}

std::string about_command(const CommandPlace& place) {
    const auto names = names_of(commands_of(place.command()));
    if (place.word.empty()) return "which command? There are " + list_of(names);
    const auto inner = inner_commands(place);
    const auto meant = inner.empty() ? did_you_mean(place.word, names) : "; did you mean " + list_of(inner) + "?";
    return "there is no command " + printable(place.word) + (meant.empty() ? "; there are " + list_of(names) : meant);
}

std::vector<std::string> option_names(Command command) {
    std::vector<std::string> names;
    for (const auto* option : command->get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

/// The unexpected arguments. Options come first, because the words after them are often their values.
std::string about_extra(Command command, const std::vector<std::string>& extra) {
    const auto option = std::ranges::find_if(extra, [](const auto& each) { return each.starts_with("-"); });
    if (option == extra.end()) return "there is no place for " + printable(extra.front());
    const auto name = option->substr(0, option->find('='));
    return "there is no option " + printable(name) + did_you_mean(name, option_names(command));
}

std::string missing_argument(Command command) {
    for (const auto* option : command->get_options())
        if (option->get_required() && option->count() == 0)
            return printable(option->get_name()) + " is missing: " + option->get_description();
    return {};
}

/// The option that the parser's message names.
const CLI::Option* option_in(Command command, const std::string& said) {
    const CLI::Option* found = nullptr;
    for (const auto* option : command->get_options())
        for (const auto& name : option->get_lnames())
            if (said.contains("--" + name) && (!found || name.size() > found->get_lnames().front().size()))
                found = option;
    return found;
}

/// An option without its value, or with an invalid one.
std::string about_value(Command command, const CLI::ParseError& error) {
    const auto* option = option_in(command, error.what());
    if (!option) return {};
    const auto name = "--" + option->get_lnames().front();
    const bool takes_none = option->get_expected_max() == 0 || option->get_type_size() == 0;
    if (takes_none) return name + " takes no value";
    if (error.get_name() == "ArgumentMismatch") return name + " needs a value: " + option->get_description();
    return {};
}

std::string sentence_for(const CommandPlace& place, const CLI::ParseError& error) {
    const auto* command = place.command();
    if (!commands_of(command).empty()) {
        const auto extra = command->remaining(false);
        const bool option = !extra.empty() && extra.front().starts_with("-") && place.word.empty();
        return option ? about_extra(command, extra) : about_command(place);
    }
    if (const auto extra = command->remaining(false); !extra.empty()) return about_extra(command, extra);
    if (error.get_name() == "RequiredError")
        if (const auto missing = missing_argument(command); !missing.empty()) return missing;
    if (auto said = about_value(command, error); !said.empty()) return said;
    return printable(error.what());
}

}  // namespace

int explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
    const auto place = command_place(app, argc, argv);
    std::fprintf(stderr, "%s: %s\nSay %s --help for all of it.\n", place.name().c_str(),
                 sentence_for(place, error).c_str(), place.name().c_str());
    return wrong_usage;
}

}  // namespace davit::app

#pragma once
#include "control.hpp"

namespace davit::app {

/// `davit trash list|usage|restore|empty`.
struct TrashArguments {
    enum class Action : std::uint8_t { list, usage, restore, empty };
    Action action = Action::list;
    std::string id;  ///< empty: all entries, for `empty`
    std::string to;  ///< empty: the original place
    bool overwrite = false;
    ControlAddress control;
    bool json = false;
};
void add_trash(CLI::App& app, TrashArguments& arguments);
/// The exit code: 0 success, 1 failure.
int trash_command(const TrashArguments& arguments);

}  // namespace davit::app

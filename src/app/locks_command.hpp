#pragma once
#include "control.hpp"

namespace davit::app {

/// `davit locks list|show|break`.
struct LocksArguments {
    enum class Action : std::uint8_t { list, show, broken };
    Action action = Action::list;
    std::string token;
    ControlAddress control;
    bool json = false;
};
void add_locks(CLI::App& app, LocksArguments& arguments);
/// The exit code: 0 success, 1 failure.
int locks_command(const LocksArguments& arguments);

}  // namespace davit::app

#include "doctor_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "davit/core/printable.hpp"
#include "prompt.hpp"

namespace davit::app {
namespace {

constexpr int nothing_was_asked = 2;

int complain(const DoctorArguments& arguments, const std::string& what) {
    std::fprintf(stderr, "davit: %s: %s\n", arguments.order.url.c_str(), printable(what).c_str());
    return nothing_was_asked;
}

}  // namespace

void add_doctor(CLI::App& app, DoctorArguments& arguments) {
    auto* command = app.add_subcommand("doctor", "Check the path from a client to a server, and name what blocks it");
    auto& order = arguments.order;
    command->add_option("url", order.url, "https://host/path/ as clients use it, proxies and all")->required();
    command->add_option("--user", order.user,
                        "Log in by this name; the password is asked for, unless DAVIT_PASSWORD has it");
    command->add_option("--password-file", arguments.password_file, "A file whose first line is the password");
    command->add_flag("--insecure", order.insecure, "Go on behind a certificate that is not trusted");
    command->add_flag("--large", order.large, "Send 100 MB as well");
    command->add_option("--origin", order.origin, "Try what a browser tries for a page from here: https://app.example");
    command->add_option("--management", order.management, "Try the health checks at this URL: http://127.0.0.1:9100/");
    command->add_flag("--json", arguments.json, "For programs");
}

int doctor_command(const DoctorArguments& arguments) {
    auto order = arguments.order;
    if (!order.user.empty()) {
        auto password = find_password(order.user, arguments.password_file);
        if (!password) return complain(arguments, password.error());
        order.password = std::move(*password);
    }
    const auto diagnosis = diagnose(order);
    if (!diagnosis) return complain(arguments, diagnosis.error());
    std::fputs((arguments.json ? as_json(*diagnosis) : as_text(*diagnosis)).c_str(), stdout);
    return diagnosis->healthy() ? 0 : 1;
}

}  // namespace davit::app

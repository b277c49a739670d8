#include "doctor_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "davit/app/doctor.hpp"

namespace davit::app {

void add_doctor(CLI::App& app, DoctorArguments& arguments) {
    auto* command = app.add_subcommand("doctor", "Walk the way of a client to a server, and name what stands in it");
    command->add_option("url", arguments.url, "http://host/path/ as clients use it, proxies and all")->required();
    command->add_flag("--json", arguments.json, "For programs");
}

int doctor_command(const DoctorArguments& arguments) {
    const auto diagnosis = diagnose(arguments.url);
    if (!diagnosis) {
        std::fprintf(stderr, "davit: %s: %s\n", arguments.url.c_str(), diagnosis.error().c_str());
        return 2;
    }
    std::fputs((arguments.json ? as_json(*diagnosis) : as_text(*diagnosis)).c_str(), stdout);
    return diagnosis->healthy() ? 0 : 1;
}

}  // namespace davit::app

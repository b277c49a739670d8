#pragma once
#include <CLI/App.hpp>
#include <string>

namespace davit::app {

/// `davit doctor URL`.
struct DoctorArguments {
    std::string url;
    bool json = false;
};
void add_doctor(CLI::App& app, DoctorArguments& arguments);
/// The exit code: 0 healthy, 1 findings, 2 no connection or not a URL for it.
int doctor_command(const DoctorArguments& arguments);

}  // namespace davit::app

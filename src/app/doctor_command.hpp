#pragma once
#include <CLI/App.hpp>
#include <string>

#include "davit/app/doctor.hpp"

namespace davit::app {

/// `davit doctor URL`.
struct DoctorArguments {
    DoctorOrder order;
    std::string password_file;
    bool json = false;
};
void add_doctor(CLI::App& app, DoctorArguments& arguments);
/// The exit code: 0 healthy, 1 findings, 2 no connection or an invalid URL.
int doctor_command(const DoctorArguments& arguments);

}  // namespace davit::app

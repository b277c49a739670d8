#include <gtest/gtest.h>

#include "davit/app/doctor.hpp"

namespace davit::app {
namespace {

TEST(DoctorReport, WhatAServerSaidIsShownAndNotObeyed) {
    Diagnosis diagnosis;
    diagnosis.url = "http://h/";
    diagnosis.checks = {"login"};
    diagnosis.findings.push_back({"login", "hop\u202e", "said \u009b2J", "\x1b[0m", false});
    const auto text = as_text(diagnosis);
    for (const auto* part : {"hop\\u202e", "said \\u009b2J", "\\x1b[0m"})
        EXPECT_NE(text.find(part), text.npos) << part << " in " << text;
}

}  // namespace
}  // namespace davit::app

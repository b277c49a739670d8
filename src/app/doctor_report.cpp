#include <algorithm>
#include <boost/json/serialize.hpp>

#include "davit/app/doctor.hpp"
#include "davit/core/printable.hpp"

namespace davit::app {

bool Diagnosis::healthy() const {
    return std::ranges::all_of(findings, &Finding::advice);
}

std::string as_text(const Diagnosis& diagnosis) {
    std::string out = "davit doctor " + diagnosis.url + "\n";
    if (!diagnosis.server.empty() && diagnosis.server != "Davit")
        out += "This is not Davit. It seems to be " + printable(diagnosis.server) +
               ", and is judged by the RFCs and by what clients need.\n";
    for (const auto& check : diagnosis.checks) {
        const bool well = std::ranges::find(diagnosis.findings, check, &Finding::check) == diagnosis.findings.end();
        if (well) out += "ok      " + check + "\n";
        for (const auto& finding : diagnosis.findings)
            if (finding.check == check)
                out += (finding.advice ? "ADVICE  " : "FINDING ") + check + ": " + printable(finding.sentence) +
                       "\n        At fault: " + printable(finding.hop) + ". Remedy: " + printable(finding.remedy) +
                       "\n";
    }
    if (diagnosis.healthy()) return out + "healthy\n";
    const auto count = std::ranges::count(diagnosis.findings, false, &Finding::advice);
    return out + std::to_string(count) + (count == 1 ? " finding\n" : " findings\n");
}

std::string as_json(const Diagnosis& diagnosis) {
    boost::json::array findings;
    for (const auto& finding : diagnosis.findings)
        findings.push_back({{"check", finding.check},
                            {"hop", finding.hop},
                            {"sentence", finding.sentence},
                            {"remedy", finding.remedy},
                            {"advice", finding.advice}});
    const boost::json::object out{{"url", diagnosis.url},
                                  {"server", diagnosis.server},
                                  {"healthy", diagnosis.healthy()},
                                  {"checks", boost::json::array(diagnosis.checks.begin(), diagnosis.checks.end())},
                                  {"findings", std::move(findings)}};
    return boost::json::serialize(out) + "\n";
}

}  // namespace davit::app

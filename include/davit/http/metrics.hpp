#pragma once
// Counters for Prometheus: requests, and the causes of failures, each counted once however many entries hung on it.
#include <memory>
#include <string>

#include "davit/http/access_log.hpp"

namespace davit::http {

/// davit_requests_total{method,status}, davit_request_duration_seconds{method}, davit_bytes_total{direction},
/// davit_first_failures_total{method,code}, davit_incomplete_answers_total. Labels are bounded: a method nobody knows
/// is "other"; no path is ever a label.
class Metrics final : public RequestObserver {
public:
    Metrics();
    ~Metrics() override;
    void finished(const AccessRecord& record) override;
    void set_gauge(const std::string& name, const std::string& help, double value);
    /// A counter that is kept elsewhere: its value by now.
    void set_counter(const std::string& name, const std::string& help, std::uint64_t total);
    /// The text exposition format.
    std::string expose() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::http

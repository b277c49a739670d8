#pragma once
// Counters for Prometheus: requests, and the causes of failures, each counted once with any number of dependents.
#include <memory>
#include <string>

#include "davit/http/access_log.hpp"

namespace davit::http {

/// davit_requests_total{method,status}, davit_request_duration_seconds{method}, davit_bytes_total{direction},
/// davit_first_failures_total{method,code}, davit_incomplete_answers_total. Labels are bounded: an unknown method is
/// "other"; a path is never a label.
class Metrics final : public RequestObserver {
public:
    Metrics();
    ~Metrics() override;
    void finished(const AccessRecord& record) override;
    void set_gauge(const std::string& name, const std::string& help, double value);
    /// Sets a counter that another object keeps to its current total.
    void set_counter(const std::string& name, const std::string& help, std::uint64_t total);
    /// The text exposition format.
    std::string expose() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace davit::http

#include "davit/http/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "davit/http/method_table.hpp"

namespace davit::http {

struct Metrics::Impl {
    prometheus::Registry registry;
    std::mutex set;  ///< of set_counter()
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter().Name("davit_requests_total").Help("Requests answered.").Register(registry);
    prometheus::Family<prometheus::Counter>& causes =
        prometheus::BuildCounter()
            .Name("davit_first_failures_total")
            .Help("Real failures, one a request; entries that only depended on them are not counted.")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& bytes =
        prometheus::BuildCounter().Name("davit_bytes_total").Help("Bytes of bodies.").Register(registry);
    prometheus::Family<prometheus::Counter>& incomplete = prometheus::BuildCounter()
                                                              .Name("davit_incomplete_answers_total")
                                                              .Help("Answers that did not reach the client whole.")
                                                              .Register(registry);
    prometheus::Family<prometheus::Histogram>& durations =
        prometheus::BuildHistogram()
            .Name("davit_request_duration_seconds")
            .Help("From the first byte of the head to the last of the answer.")
            .Register(registry);
    /// What a method's requests are counted with, found once: looking labels up costs more than many requests do.
    struct OfMethod {
        std::string label;
        prometheus::Histogram* durations = nullptr;
        std::array<std::atomic<prometheus::Counter*>, 600> by_status{};
    };
    std::array<OfMethod, 16> methods;

    Impl() {
        static const prometheus::Histogram::BucketBoundaries buckets{0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 30, 120};
        for (std::size_t i = 0; i < methods.size(); ++i) {
            methods[i].label = i < method_names().size() ? std::string(method_names()[i]) : "other";
            methods[i].durations = &durations.Add({{"method", methods[i].label}}, buckets);
        }
        begin_causes();
    }

    /// increase() of a counter that is born at 1 is 0, so an alert on the first failure would not fire. Faults of the
    /// server and locks are what alerts are for.
    void begin_causes() {
        for (std::size_t i = 0; i < static_cast<std::size_t>(FailureCode::would_block); ++i) {
            const auto& row = kind(static_cast<FailureCode>(i));
            if (number(row.status) < 500 && row.status != Status::locked) continue;
            for (std::size_t method = 0; method <= method_names().size(); ++method)
                causes.Add({{"method", methods[method].label}, {"code", std::string(row.name)}});
        }
    }

    OfMethod& of(std::string_view method) {
        const auto names = method_names();
        const auto found = std::ranges::find(names, method);
        return methods[static_cast<std::size_t>(found - names.begin())];
    }
    prometheus::Counter& requests_of(OfMethod& method, unsigned status) {
        auto& known = method.by_status[std::min<std::size_t>(status, method.by_status.size() - 1)];
        auto* counter = known.load(std::memory_order_acquire);
        if (!counter) {
            counter = &requests.Add({{"method", method.label}, {"status", std::to_string(status)}});
            known.store(counter, std::memory_order_release);
        }
        return *counter;
    }

    prometheus::Counter& in = bytes.Add({{"direction", "in"}});
    prometheus::Counter& out = bytes.Add({{"direction", "out"}});
    prometheus::Counter& cut = incomplete.Add({});
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::finished(const AccessRecord& record) {
    auto& method = impl_->of(record.method);
    impl_->requests_of(method, record.status).Increment();
    method.durations->Observe(std::chrono::duration<double>(record.duration).count());
    if (record.bytes_in > 0) impl_->in.Increment(static_cast<double>(record.bytes_in));
    if (record.bytes_out > 0) impl_->out.Increment(static_cast<double>(record.bytes_out));
    if (!record.complete) impl_->cut.Increment();
    if (record.failure)
        impl_->causes.Add({{"method", method.label}, {"code", std::string(name(record.failure->refusal.failure.code))}})
            .Increment();
}

void Metrics::set_gauge(const std::string& name, const std::string& help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({}).Set(value);
}

void Metrics::set_counter(const std::string& name, const std::string& help, std::uint64_t total) {
    const std::lock_guard guard(impl_->set);
    auto& counter = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add({});
    counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

std::string Metrics::expose() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace davit::http

#include "davit/http/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "davit/http/method_table.hpp"

namespace davit::http {

struct Metrics::Impl {
    prometheus::Registry registry;
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
    prometheus::Counter& in = bytes.Add({{"direction", "in"}});
    prometheus::Counter& out = bytes.Add({{"direction", "out"}});
    prometheus::Counter& cut = incomplete.Add({});
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::finished(const AccessRecord& record) {
    const std::string method(find_method(record.method) ? record.method : "other");
    impl_->requests.Add({{"method", method}, {"status", std::to_string(record.status)}}).Increment();
    static const prometheus::Histogram::BucketBoundaries buckets{0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 30, 120};
    impl_->durations.Add({{"method", method}}, buckets).Observe(std::chrono::duration<double>(record.duration).count());
    impl_->in.Increment(static_cast<double>(record.bytes_in));
    impl_->out.Increment(static_cast<double>(record.bytes_out));
    if (!record.complete) impl_->cut.Increment();
    if (record.failure)
        impl_->causes.Add({{"method", method}, {"code", std::string(name(record.failure->refusal.failure.code))}})
            .Increment();
}

void Metrics::set_gauge(const std::string& name, const std::string& help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({}).Set(value);
}

std::string Metrics::expose() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace davit::http

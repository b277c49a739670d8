#pragma once
// The last failures, in memory, for `davit explain REQUEST-ID`.
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "davit/http/access_log.hpp"

namespace davit::http {

/// Thread-safe ring. An id a client used again finds its newest failure.
class RecentFailures final : public RequestObserver {
public:
    struct Item {
        std::string request_id, method, target, client;
        unsigned status = 0;
        std::shared_ptr<const FailureReport> report;
    };

    explicit RecentFailures(std::size_t capacity) : capacity_(capacity) {}
    void finished(const AccessRecord& record) override;
    std::optional<Item> find(std::string_view request_id) const;

private:
    std::size_t capacity_;
    mutable std::mutex mutex_;
    std::deque<Item> items_;
};

}  // namespace davit::http

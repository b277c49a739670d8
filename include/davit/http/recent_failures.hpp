#pragma once
// The last failures, in memory, for `davit explain REQUEST-ID`.
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "davit/http/access_log.hpp"

namespace davit::http {

/// A thread-safe ring. For an id that a client used again it finds the newest failure. It keeps the beginning of a
/// large failure, and drops the oldest failures when all together exceed max_bytes.
class RecentFailures final : public RequestObserver {
public:
    struct Item {
        std::string request_id, method, target, destination, client, user;
        std::chrono::sys_seconds time;  ///< when it was answered
        unsigned status = 0;
        std::shared_ptr<const FailureReport> report;
        std::size_t left_out = 0;  ///< entries of the report that are not kept
        std::size_t bytes = 0;
    };
    static constexpr std::size_t max_item_bytes = 16 * 1024;
    static constexpr std::size_t max_bytes = std::size_t{16} << 20;

    explicit RecentFailures(std::size_t capacity) : capacity_(capacity) {}
    void finished(const AccessRecord& record) override;
    std::optional<Item> find(std::string_view request_id) const;
    std::vector<Item> all() const;  ///< the oldest first
    std::size_t bytes() const;      ///< of all items

private:
    std::size_t capacity_;
    mutable std::mutex mutex_;
    std::deque<Item> items_;
    std::size_t bytes_ = 0;
};

}  // namespace davit::http

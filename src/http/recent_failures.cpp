#include "davit/http/recent_failures.hpp"

#include <algorithm>
#include <ranges>

#include "trimmed_report.hpp"

namespace davit::http {

namespace {

/// Of a target and of the other texts of a head.
constexpr std::size_t max_text = 2048;

std::string shortened(std::string_view text) {
    return std::string(text.substr(0, max_text));
}

}  // namespace

void RecentFailures::finished(const AccessRecord& record) {
    if (!record.failure || capacity_ == 0) return;
    auto report = trimmed(record.failure, max_item_bytes);
    Item item{shortened(record.request_id),
              shortened(record.method),
              shortened(record.target),
              shortened(record.destination),
              shortened(record.client),
              shortened(record.principal),
              std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
              record.status,
              std::move(report.report),
              report.left_out,
              report.bytes + sizeof(Item)};
    for (const auto* text : {&item.request_id, &item.method, &item.target, &item.destination, &item.client, &item.user})
        item.bytes += text->size();
    const std::scoped_lock lock(mutex_);
    bytes_ += item.bytes;
    items_.push_back(std::move(item));
    while (items_.size() > capacity_ || bytes_ > max_bytes) {
        bytes_ -= items_.front().bytes;
        items_.pop_front();
    }
}

std::size_t RecentFailures::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

std::vector<RecentFailures::Item> RecentFailures::all() const {
    const std::scoped_lock lock(mutex_);
    return {items_.begin(), items_.end()};
}

std::optional<RecentFailures::Item> RecentFailures::find(std::string_view request_id) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& item : std::views::reverse(items_))
        if (item.request_id == request_id) return item;
    return std::nullopt;
}

}  // namespace davit::http

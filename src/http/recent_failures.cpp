#include "davit/http/recent_failures.hpp"

#include <algorithm>
#include <ranges>

namespace davit::http {

void RecentFailures::finished(const AccessRecord& record) {
    if (!record.failure || capacity_ == 0) return;
    Item item{std::string(record.request_id),
              std::string(record.method),
              std::string(record.target),
              std::string(record.client),
              record.status,
              record.failure};
    const std::scoped_lock lock(mutex_);
    if (items_.size() == capacity_) items_.pop_front();
    items_.push_back(std::move(item));
}

std::optional<RecentFailures::Item> RecentFailures::find(std::string_view request_id) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& item : std::views::reverse(items_))
        if (item.request_id == request_id) return item;
    return std::nullopt;
}

}  // namespace davit::http

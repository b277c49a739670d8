#include "davit/core/multi_status.hpp"

#include <algorithm>
#include <stdexcept>

namespace davit {
namespace {

/// Calls `visit` with every entry's status in document order until `visit` returns false.
template <typename Visit>
void each_entry(std::span<const Response> responses, Visit visit) {
    for (const auto& response : responses) {
        if (const auto* entry = std::get_if<EntryStatus>(&response.body)) {
            if (!visit(response, *entry)) return;
            continue;
        }
        for (const auto& propstat : std::get<std::vector<PropStat>>(response.body))
            if (!visit(response, propstat.status)) return;
    }
}

}  // namespace

MultiStatus::MultiStatus(std::vector<Response> responses) : responses_(std::move(responses)) {
    bool cause_seen = false;
    each_entry(responses_, [&](const Response&, const EntryStatus& entry) {
        if (std::holds_alternative<Failure>(entry)) cause_seen = true;
        if (std::holds_alternative<Cause>(entry) && !cause_seen)
            throw std::logic_error("a dependent entry stands before every real failure");
        return true;
    });
}

const Failure* MultiStatus::first_failure() const {
    const Failure* found = nullptr;
    each_entry(responses_, [&](const Response&, const EntryStatus& entry) {
        found = std::get_if<Failure>(&entry);
        return found == nullptr;
    });
    return found;
}

const Response* MultiStatus::first_failed_response() const {
    const Response* found = nullptr;
    each_entry(responses_, [&](const Response& response, const EntryStatus& entry) {
        if (std::holds_alternative<Failure>(entry)) found = &response;
        return found == nullptr;
    });
    return found;
}

std::size_t MultiStatus::dependents() const {
    std::size_t count = 0;
    each_entry(responses_, [&](const Response&, const EntryStatus& entry) {
        count += std::holds_alternative<Cause>(entry) ? 1 : 0;
        return true;
    });
    return count;
}

}  // namespace davit

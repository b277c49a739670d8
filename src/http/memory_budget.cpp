#include "davit/http/memory_budget.hpp"

namespace davit::http {

bool MemoryBudget::Share::try_hold(std::size_t bytes, std::size_t limit) {
    if (bytes > held_) {
        const auto more = bytes - held_;
        const auto used = budget_->used_.fetch_add(more, std::memory_order_relaxed) + more;
        if (used > limit) {
            budget_->used_.fetch_sub(more, std::memory_order_relaxed);
            return false;
        }
        budget_->raise_peak(used);
        held_ = bytes;
    }
    hold(bytes);
    return true;
}

void MemoryBudget::Share::hold(std::size_t bytes) {
    if (bytes == held_) return;
    if (bytes < held_) budget_->used_.fetch_sub(held_ - bytes, std::memory_order_relaxed);
    if (bytes > held_) {
        const auto more = bytes - held_;
        budget_->raise_peak(budget_->used_.fetch_add(more, std::memory_order_relaxed) + more);
    }
    held_ = bytes;
}

void MemoryBudget::raise_peak(std::size_t used) {
    auto peak = peak_.load(std::memory_order_relaxed);
    while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
    }
}

Failure memory_failure() {
    Failure failure{FailureCode::out_of_memory, "The server is short of memory at the moment.", {}};
    failure.retry_after = std::chrono::seconds(5);
    return failure;
}

}  // namespace davit::http

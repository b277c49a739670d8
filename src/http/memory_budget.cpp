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

bool MemoryBudget::Share::try_charge(std::uint64_t client, std::size_t bytes, std::size_t limit) {
    const std::lock_guard lock(budget_->clients_mutex_);
    auto& all = budget_->clients_[client];
    const auto others = all - charged_;
    if (bytes > charged_ && others > 0 && others + bytes > limit) return false;
    all = others + bytes;
    charged_ = bytes;
    client_ = client;
    return true;
}

void MemoryBudget::Share::give_back() {
    if (charged_ == 0) return;
    const std::lock_guard lock(budget_->clients_mutex_);
    const auto found = budget_->clients_.find(client_);
    found->second -= std::exchange(charged_, 0);
    if (found->second == 0) budget_->clients_.erase(found);
}

void MemoryBudget::raise_peak(std::size_t used) {
    auto peak = peak_.load(std::memory_order_relaxed);
    while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
    }
}

Failure client_memory_failure() {
    Failure failure{FailureCode::client_limit,
                    "This client's requests hold as much memory for their bodies as one client may have.",
                    {}};
    failure.retry_after = std::chrono::seconds(5);
    return failure;
}

Failure memory_failure() {
    Failure failure{FailureCode::out_of_memory, "The server is short of memory at the moment.", {}};
    failure.retry_after = std::chrono::seconds(5);
    return failure;
}

}  // namespace davit::http

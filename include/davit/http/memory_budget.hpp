#pragma once
// The memory that requests hold together for bodies and answers (limits.memory_bytes).
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "davit/core/failure.hpp"

namespace davit::http {

/// Counts bytes; it does not allocate. Any thread.
class MemoryBudget {
public:
    /// What one request holds. Its destructor gives it back.
    class Share {
    public:
        explicit Share(MemoryBudget& budget) : budget_(&budget) {}
        ~Share() {
            hold(0);
            give_back();
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// Holds `bytes` from now on. False when all requests together would then hold more than `limit`; the share
        /// stays as it was then. Making it smaller always succeeds.
        bool try_hold(std::size_t bytes, std::size_t limit);
        /// The same without a limit, for what exists already.
        void hold(std::size_t bytes);

        /// What it holds from now on counts as the client's, until give_back(). False, and nothing changes, when all
        /// shares of the client would then hold more than `limit`, unless this one is the only one.
        bool try_charge(std::uint64_t client, std::size_t bytes, std::size_t limit);
        void give_back();

    private:
        MemoryBudget* budget_;
        std::size_t held_ = 0;
        std::size_t charged_ = 0;
        std::uint64_t client_ = 0;  ///< of `charged_`
    };

    std::size_t used() const { return used_.load(std::memory_order_relaxed); }
    /// The most that was held since the last call.
    std::size_t take_peak() { return peak_.exchange(used(), std::memory_order_relaxed); }

private:
    void raise_peak(std::size_t used);

    std::atomic<std::size_t> used_ = 0;
    std::atomic<std::size_t> peak_ = 0;
    std::mutex clients_mutex_;
    std::unordered_map<std::uint64_t, std::size_t> clients_;  ///< bytes that each is charged with
};

/// Up to here a request's memory counts as small. Larger bodies may hold half of the budget together, so that a few
/// large ones leave room for all the small ones.
inline constexpr std::size_t small_share = 64 * 1024;
/// Of the budget `total`, for a request that holds `bytes`.
constexpr std::size_t limit_for(std::size_t bytes, std::size_t total) {
    return bytes > small_share ? total / 2 : total;
}

/// Of the budget `total`, for an answer that holds `bytes`. It cannot be made smaller, so it may always be the last
/// one.
constexpr std::size_t limit_for_answer(std::size_t bytes, std::size_t total) {
    return bytes > small_share ? total / 2 + bytes : total;
}

/// Of the budget `total`, for the large bodies of one client. One body is always allowed as much as all of them.
constexpr std::size_t client_limit_for(std::size_t total) {
    return total / 4;
}

/// What a client's request beyond its share is answered with.
Failure client_memory_failure();

/// What a request beyond the budget, or one whose allocation failed, is answered with.
Failure memory_failure();

}  // namespace davit::http

#pragma once
// The least rate of a peer.
#include <chrono>
#include <cstdint>

namespace davit::http {

/// Judges the bytes received or sent during the time that the server waits for the peer. Time that the server itself
/// needs does not count.
class Pace {
public:
    using Duration = std::chrono::steady_clock::duration;
    enum class Verdict : std::uint8_t {
        fine,
        stalled,  ///< no byte for `timeout`
        slow,     ///< less than `rate` bytes a second on the average of `timeout`
    };

    Pace() = default;
    Pace(Duration timeout, std::uint64_t rate) : timeout_(timeout), rate_(rate) {}

    /// The time after which judge() may change its result, if no byte arrives.
    Duration left() const { return timeout_ - (stalled_ > waited_ ? stalled_ : waited_); }
    /// After a wait: `waited` is its time, `total` all bytes so far.
    Verdict judge(Duration waited, std::uint64_t total);

private:
    Duration timeout_ = std::chrono::seconds(60);
    std::uint64_t rate_ = 0;
    Duration waited_{}, stalled_{};
    std::uint64_t window_begin_ = 0, seen_ = 0;  ///< values of `total`
};

}  // namespace davit::http

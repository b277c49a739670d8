#include "davit/http/pace.hpp"

namespace davit::http {

Pace::Verdict Pace::judge(Duration waited, std::uint64_t total) {
    stalled_ = total > seen_ ? Duration{} : stalled_ + waited;
    seen_ = total;
    if (stalled_ >= timeout_) return Verdict::stalled;
    waited_ += waited;
    if (waited_ < timeout_) return Verdict::fine;
    // The last wait may have been longer than the rest of the window.
    const auto seconds = std::chrono::duration<double>(waited_).count();
    const auto least = static_cast<double>(rate_) * seconds;
    const auto came = static_cast<double>(total > window_begin_ ? total - window_begin_ : 0);
    waited_ = {};
    window_begin_ = total;
    return came < least ? Verdict::slow : Verdict::fine;
}

}  // namespace davit::http

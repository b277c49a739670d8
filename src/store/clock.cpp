#include "davit/store/clock.hpp"

#include <ctime>

namespace davit::store {
namespace {

std::chrono::nanoseconds uptime() {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

SystemClock::SystemClock() : start_(std::chrono::system_clock::now()), start_uptime_(uptime()) {}

std::chrono::system_clock::time_point SystemClock::monotonic() const {
    return start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(uptime() - start_uptime_);
}

}  // namespace davit::store

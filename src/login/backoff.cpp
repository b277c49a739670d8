#include "davit/login/backoff.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace davit::login {

/// Whoever has an IPv6 address has 2^64 of them.
std::string Backoff::key(std::string_view address) {
    std::string text(address);
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6)) return text;
    return {reinterpret_cast<const char*>(&v6), 8};
}

std::chrono::seconds Backoff::wait(std::string_view address, Clock::time_point now) {
    const std::lock_guard guard(mutex_);
    const auto found = records_.find(key(address));
    if (found == records_.end() || found->second.until <= now) return std::chrono::seconds(0);
    return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void Backoff::failed(std::string_view address, Clock::time_point now) {
    const std::lock_guard guard(mutex_);
    if (records_.size() >= most_addresses)
        std::erase_if(records_, [&](const auto& each) { return now - each.second.last > forgotten_after; });
    if (records_.size() >= most_addresses) records_.erase(records_.begin());
    auto& record = records_[key(address)];
    if (now - record.last > forgotten_after) record.failures = 0;
    record.last = now;
    if (++record.failures < free_failures) return;
    const auto doubled = std::chrono::seconds(1) * (1U << std::min(record.failures - free_failures, 10U));
    record.until = now + std::min<std::chrono::seconds>(doubled, longest_wait);
}

}  // namespace davit::login

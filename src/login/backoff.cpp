#include "davit/login/backoff.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace davit::login {
namespace {

struct Place {
    std::string address;  ///< IPv6: the /64, because a client with one address has 2^64 of them
    std::string network;  ///< IPv4: the /24; IPv6: the /48
};

Place place_of(std::string_view address) {
    std::string text(address);
    in6_addr v6{};
    if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6)) {
        const auto* bytes = reinterpret_cast<const char*>(&v6);
        return {{bytes, 8}, {bytes, 6}};
    }
    in_addr v4{};
    auto network = ::inet_pton(AF_INET, text.c_str(), &v4) == 1 ? text.substr(0, text.rfind('.')) : text;
    return {std::move(text), std::move(network)};
}

}  // namespace

std::string Backoff::account_key(std::string_view account) const {
    const auto hash = key_.hash(account);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::chrono::seconds Backoff::left(Records& records, const std::string& key, Clock::time_point now) {
    const auto* record = records.find(key);
    if (!record || record->until <= now) return std::chrono::seconds(0);
    return std::chrono::ceil<std::chrono::seconds>(record->until - now);
}

void Backoff::count(Records& records, const std::string& key, std::string_view network, Allowance allowance,
                    Clock::time_point now) {
    const auto is_old = [&](const Record& record) { return now - record.last > forgotten_after; };
    records.drop_while(is_old);
    const auto* before = records.find(key);
    Record record = before && !is_old(*before) ? *before : Record{};
    record.last = now;
    if (++record.failures >= allowance.free_failures) {
        const auto doubled = std::chrono::seconds(1) * (1U << std::min(record.failures - allowance.free_failures, 10U));
        record.until = now + std::min<std::chrono::seconds>(doubled, allowance.longest_wait);
    }
    records.put(key, network, record, key.size() + network.size());
}

bool Backoff::knows(const std::string& address, const std::string& account, Clock::time_point now) {
    const auto* last = known_.find(account + address);
    return last && now - *last <= address_known_for;
}

Backoff::Held Backoff::held(std::string_view address, std::string_view account, Clock::time_point now) {
    const auto place = place_of(address);
    const auto name = account.empty() ? std::string() : account_key(account);
    const std::lock_guard guard(mutex_);
    if (const auto wait = left(addresses_, place.address, now); wait.count() > 0) return {wait, false};
    if (name.empty()) return {};
    const auto wait = left(accounts_, name, now);
    if (wait.count() == 0 || knows(place.address, name, now)) return {};
    return {wait, true};
}

void Backoff::failed(std::string_view address, std::string_view account, Clock::time_point now) {
    const auto place = place_of(address);
    const auto name = account.empty() ? std::string() : account_key(account);
    const std::lock_guard guard(mutex_);
    count(addresses_, place.address, place.network, for_address, now);
    // The owner mistypes from a known address: this must not delay the owner elsewhere.
    if (!name.empty() && !knows(place.address, name, now)) count(accounts_, name, place.network, for_account, now);
}

void Backoff::succeeded(std::string_view address, std::string_view account, Clock::time_point now) {
    const auto place = place_of(address);
    const auto name = account_key(account);
    const std::lock_guard guard(mutex_);
    known_.drop_while([&](Clock::time_point last) { return now - last > address_known_for; });
    known_.put(name + place.address, name, now, name.size() + place.address.size());
}

}  // namespace davit::login

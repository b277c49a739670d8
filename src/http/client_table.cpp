#include "davit/http/client_table.hpp"

namespace davit::http {
namespace {

/// No IPv6 network in use begins with these 32 bits.
constexpr std::uint64_t ipv4_mark = 0x0000'FFFF'0000'0000;
/// disputed_number: nor with these 64 zeros, besides this machine's own, which are not counted.
std::uint64_t number_of(const boost::asio::ip::address& client) {
    if (client.is_v4()) return ipv4_mark | client.to_v4().to_uint();
    std::uint64_t network = 0;
    const auto bytes = client.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i) network = network << 8U | bytes[i];
    return network;
}

}  // namespace

std::optional<ClientTable::Entry> ClientTable::enter(const boost::asio::ip::address& client, std::size_t limit) {
    return client.is_loopback() ? Entry() : count(number_of(client), limit);
}

std::optional<ClientTable::Entry> ClientTable::enter_disputed(std::size_t limit) {
    return count(disputed_number, limit);
}

std::optional<ClientTable::Entry> ClientTable::count(std::uint64_t client, std::size_t limit) {
    if (limit == 0) return Entry();
    const std::lock_guard lock(mutex_);
    auto& entries = counts_[client];
    if (entries >= limit) return std::nullopt;
    ++entries;
    return Entry(*this, client);
}

std::optional<std::uint64_t> ClientTable::number(const std::string& address) {
    boost::system::error_code error;
    auto parsed = boost::asio::ip::make_address(address, error);
    if (error) return std::nullopt;
    if (parsed.is_v6() && parsed.to_v6().is_v4_mapped())
        parsed = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6());
    return parsed.is_loopback() ? std::nullopt : std::optional(number_of(parsed));
}

std::optional<ClientTable::Entry> ClientTable::enter(const std::string& client, std::size_t limit) {
    const auto known = number(client);
    return known ? count(*known, limit) : Entry();
}

void ClientTable::leave(std::uint64_t client) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(client);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace davit::http

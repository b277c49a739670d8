#include "davit/http/client_table.hpp"

namespace davit::http {
namespace {

/// No IPv6 network in use begins with these 32 bits.
constexpr std::uint64_t ipv4_mark = 0x0000'FFFF'0000'0000;
/// Nor with these 64, besides this machine's own, which are not counted.
constexpr std::uint64_t disputed = 0;

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
    return count(disputed, limit);
}

std::optional<ClientTable::Entry> ClientTable::count(std::uint64_t client, std::size_t limit) {
    if (limit == 0) return Entry();
    const std::lock_guard lock(mutex_);
    auto& entries = counts_[client];
    if (entries >= limit) return std::nullopt;
    ++entries;
    return Entry(*this, client);
}

std::optional<ClientTable::Entry> ClientTable::enter(const std::string& client, std::size_t limit) {
    boost::system::error_code error;
    auto address = boost::asio::ip::make_address(client, error);
    if (error) return Entry();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return enter(address, limit);
}

void ClientTable::leave(std::uint64_t client) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(client);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace davit::http

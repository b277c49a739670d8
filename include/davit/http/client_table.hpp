#pragma once
// The number of connections, or running requests, of each client (limits.connections_per_client).
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace davit::http {

/// Counts by IPv4 address, or by the /64 network of an IPv6 address, because one client has all addresses of such a
/// network. Thread-safe.
class ClientTable {
public:
    /// Counts as one until it is destroyed.
    class Entry {
    public:
        Entry() = default;  ///< counts for no client
        Entry(ClientTable& table, std::uint64_t client) : table_(&table), client_(client) {}
        Entry(Entry&& other) noexcept : table_(std::exchange(other.table_, nullptr)), client_(other.client_) {}
        Entry& operator=(Entry&& other) noexcept {
            std::swap(table_, other.table_);
            std::swap(client_, other.client_);
            return *this;
        }
        ~Entry() {
            if (table_) table_->leave(client_);
        }

    private:
        ClientTable* table_ = nullptr;
        std::uint64_t client_ = 0;
    };

    /// Nothing when the client has `limit` entries already. 0: no limit. This machine is not counted, nor is what is
    /// no address.
    std::optional<Entry> enter(const boost::asio::ip::address& client, std::size_t limit);
    std::optional<Entry> enter(const std::string& client, std::size_t limit);
    /// What the client `address` is counted by. Nothing for this machine, and for what is no address.
    static std::optional<std::uint64_t> number(const std::string& address);
    static constexpr std::uint64_t disputed_number = 0;
    /// For a client that can be one of several addresses. All of these count as one client.
    std::optional<Entry> enter_disputed(std::size_t limit);

private:
    std::optional<Entry> count(std::uint64_t client, std::size_t limit);
    void leave(std::uint64_t client);

    std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::size_t> counts_;
};

}  // namespace davit::http

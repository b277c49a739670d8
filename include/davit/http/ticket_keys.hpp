#pragma once
// What session tickets (RFC 5077; RFC 8446, 4.6.1) are sealed with: one set of keys for all loops, and for every
// certificate that is loaded while the server runs.
#include <array>
#include <chrono>
#include <mutex>
#include <optional>

namespace davit::http {

/// Keys change: whoever steals one opens recorded TLS 1.2 sessions of two periods at most. In memory only. Any thread.
class TicketKeys {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// As long as a session may be resumed.
    static constexpr std::chrono::hours period{6};

    struct Key {
        std::array<unsigned char, 16> name;  ///< stands in the ticket, readable
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
    };

    TicketKeys() = default;
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    /// What new tickets are sealed with; nothing when there is no randomness to be had.
    std::optional<Key> current(Time now);
    /// The key of a ticket; nothing for one of another server, or too old.
    std::optional<Key> find(const unsigned char* name, Time now);

private:
    struct Dated {
        Key key;
        Time made;
    };
    void drop_old(Time now);

    std::mutex mutex_;
    std::optional<Dated> current_, previous_;
};

}  // namespace davit::http

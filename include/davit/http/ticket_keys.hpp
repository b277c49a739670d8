#pragma once
// The keys of session tickets (RFC 5077; RFC 8446, 4.6.1): one set for all loops, and for every certificate that is
// loaded while the server runs.
#include <array>
#include <chrono>
#include <mutex>
#include <optional>

namespace davit::http {

/// The keys change, so a stolen key opens recorded TLS 1.2 sessions of at most two periods. In memory only.
/// Thread-safe.
class TicketKeys {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// The time in which a session can be resumed.
    static constexpr std::chrono::hours period{6};

    struct Key {
        std::array<unsigned char, 16> name;  ///< in the ticket, readable
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
    };

    TicketKeys() = default;
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    /// The key for new tickets; nothing when the system has no randomness.
    std::optional<Key> current(Time now);
    /// The key of a ticket; nothing for a ticket of another server, or an old one.
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

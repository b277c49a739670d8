#pragma once
// Limits the connections of a listener, and answers those beyond the limit.
#include <array>
#include <atomic>
#include <cstddef>
#include <string>

#include "davit/http/server_options.hpp"
#include "davit/http/session.hpp"

namespace davit::http {

/// The number of connections that so many descriptors allow, at least a few. Each connection may hold an upload with a
/// file and a folder, and the rest of the server needs some.
std::size_t connections_for(std::size_t descriptors, const ServerOptions& options);

/// Counts the connections of each kind of listener. Thread-safe.
class ListenerRoom {
public:
    explicit ListenerRoom(const ServerOptions& options);

    std::size_t most(const Limits& limits) const;  ///< DAV connections
    bool is_full(ListenerKind kind, const Limits& limits) const;
    void enter(ListenerKind kind) { ++count(kind); }
    void leave(ListenerKind kind) { --count(kind); }
    std::size_t connections() const { return counts_[0].load(); }  ///< of DAV clients

private:
    std::atomic<std::size_t>& count(ListenerKind kind) { return counts_[static_cast<std::size_t>(kind)]; }

    std::array<std::atomic<std::size_t>, listener_kinds> counts_{};
    std::size_t most_;  ///< the DAV connections that the descriptors allow
};

/// The whole response to a connection beyond the limit; static text, because it must cost little.
std::string_view full_answer();
std::string_view client_limit_answer();

}  // namespace davit::http

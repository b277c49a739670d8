#pragma once
// How many connections a listener takes, and what those are answered that it does not take.
#include <array>
#include <atomic>
#include <cstddef>
#include <string>

#include "davit/http/server_options.hpp"
#include "davit/http/session.hpp"

namespace davit::http {

/// Connections that so many descriptors allow. Each may hold an upload with a file and a folder, and the rest of the
/// server needs some. At least a few.
std::size_t connections_for(std::size_t descriptors, const ServerOptions& options);

/// Counts the connections of each kind of listener. Any thread.
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
    std::size_t most_;  ///< DAV connections that the descriptors allow
};

/// The whole answer to a connection that is not taken; static text, since it must cost little.
std::string_view full_answer();
std::string_view client_limit_answer();

}  // namespace davit::http

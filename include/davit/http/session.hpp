#pragma once
// The life of a connection: one request after another until one side closes.
#include <array>
#include <memory>

#include "davit/http/exchange.hpp"
#include "davit/http/known_head.hpp"

namespace davit::http {

/// The purpose of a listener. Each kind counts its own connections, so that one kind cannot use up another's.
enum class ListenerKind : std::uint8_t { dav, management, control };
inline constexpr std::size_t listener_kinds = 3;

/// The state of one event loop. `stopping` is set while the server shuts down: the running answer is the last.
struct LoopState {
    std::array<ConnectionList, listener_kinds> connections;
    SettingsPtr settings;  ///< of requests that begin now; read and set on the loop's own thread
    bool stopping = false;
    KnownHeads heads;
};
/// `observed`: requests are reported to the observers (DAV; management is not).
struct Service {
    Front front;
    HandlerAtOnce at_once = nullptr;  ///< tried first
    bool observed = true;
    ListenerKind kind = ListenerKind::dav;
};
/// `tls`: the context of a TLS connection; null for a plain one.
Task<> serve_connection(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket,
                        std::string peer);
/// The front of the DAV listeners: method table and handlers.
Task<Reply> dispatch_dav(Exchange& exchange);
std::optional<Reply> dispatch_dav_at_once(Exchange& exchange);

/// The facts of the request that the writer needs.
struct WriteContext {
    bool head_only = false;  ///< HEAD: all fields, no body
    bool http11 = true;
    bool keep_alive = true;
    std::string_view request_id;
    Pace pace;                     ///< the least rate at which the client must read
    std::size_t memory_bytes = 0;  ///< that all requests together may hold
};
struct Written {
    std::uint64_t bytes = 0;  ///< of the body
    bool complete = false;
    bool keep_alive = false;
    bool out_of_memory = false;  ///< nothing was sent: the answer is larger than what is left of the memory budget
};
/// Appends the head of a reply whose body is all in memory and returns that body, which belongs to the reply; nothing
/// for other bodies.
std::optional<std::string_view> compose(std::string& head, const Reply& reply, const WriteContext& context);
/// Sends the reply, with Date, Server, Content-Length or chunks, Connection.
Task<Written> write_reply(Shared& shared, Connection& connection, Reply& reply, const WriteContext& context);

}  // namespace davit::http

#pragma once
// The life of a connection: requests one after another until somebody closes.
#include <array>
#include <memory>

#include "davit/http/exchange.hpp"
#include "davit/http/known_head.hpp"

namespace davit::http {

/// What a listener is for. Each kind has connections of its own, so that one cannot use up another's.
enum class ListenerKind : std::uint8_t { dav, management, control };
inline constexpr std::size_t listener_kinds = 3;

/// Of one event loop. `stopping` is set while the server shuts down: the answer under way is the last.
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
/// `tls`: what the connection has to begin with; null for a plain one.
Task<> serve_connection(Shared& shared, LoopState& loop, const Service& service, const Tls* tls, Socket socket,
                        std::string peer);
/// The front of the DAV listeners: method table and handlers.
Task<Reply> dispatch_dav(Exchange& exchange);
std::optional<Reply> dispatch_dav_at_once(Exchange& exchange);

/// What the writer must know of the request.
struct WriteContext {
    bool head_only = false;  ///< HEAD: all fields, no body
    bool http11 = true;
    bool keep_alive = true;
    std::string_view request_id;
    Pace pace;  ///< how slowly the client may take the answer
};
struct Written {
    std::uint64_t bytes = 0;  ///< of the body
    bool complete = false;
    bool keep_alive = false;
};
/// Appends the head of a reply whose body is all in memory and returns that body, which belongs to the reply; nothing
/// for other bodies.
std::optional<std::string_view> compose(std::string& head, const Reply& reply, const WriteContext& context);
/// Sends the reply, with Date, Server, Content-Length or chunks, Connection.
Task<Written> write_reply(Shared& shared, Connection& connection, Reply& reply, const WriteContext& context);

}  // namespace davit::http

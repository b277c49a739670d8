#include "listener_room.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "davit/xml/bodies.hpp"

namespace davit::http {
namespace {

constexpr std::size_t management_connections = 64;  ///< of /healthz and the like, and as many of `davit locks`

std::string refusal_text(const Failure& failure) {
    std::string body;
    xml::append_error(body, failure, {});
    return "HTTP/1.1 503 Service Unavailable\r\nServer: davit\r\nRetry-After: 5\r\nX-Dav-Error-Code: " +
           std::string(name(failure.code)) +
           "\r\nContent-Type: application/xml; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

std::size_t connections_for(std::size_t descriptors, const ServerOptions& options) {
    constexpr std::size_t each = 3;         // the socket, an upload's file and its folder
    constexpr std::size_t each_worker = 8;  // of a copy: two trees and the files of the moment
    const std::size_t others = 64 + 2 * management_connections + each_worker * (options.workers + options.workers / 2);
    const auto left = descriptors > others ? descriptors - others : 0;
    return std::max<std::size_t>(left / each, 16);
}

ListenerRoom::ListenerRoom(const ServerOptions& options) {
    rlimit limit{};
    const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
    most_ = connections_for(known ? static_cast<std::size_t>(limit.rlim_cur) : 1024, options);
}

std::size_t ListenerRoom::most(const Limits& limits) const {
    return std::min(limits.connections, most_);
}

bool ListenerRoom::is_full(ListenerKind kind, const Limits& limits) const {
    const auto now = counts_[static_cast<std::size_t>(kind)].load();
    if (kind != ListenerKind::dav) return now >= management_connections;
    return now >= most(limits);
}

std::string_view full_answer() {
    static const auto text = refusal_text(
        {FailureCode::overloaded, "The server has as many connections as it takes (limits.connections).", {}});
    return text;
}

std::string_view client_limit_answer() {
    static const auto text =
        refusal_text({FailureCode::client_limit,
                      "This address has as many connections as one client may have (limits.connections_per_client).",
                      {}});
    return text;
}

}  // namespace davit::http

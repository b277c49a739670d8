#include "greeting.hpp"

#include "davit/http/proxy_protocol.hpp"

namespace davit::http {
namespace {

/// Before any request was read; nothing that has to be kept secret is said.
Task<> refuse_plain(Connection& connection) {
    error_code ignored;
    co_await connection.send(
        "HTTP/1.1 400 Bad Request\r\nServer: davit\r\nContent-Type: text/plain\r\nContent-Length: 58\r\n"
        "Connection: close\r\n\r\n"
        "This port speaks TLS: the address begins with \"https://\".\n",
        ignored);
}

}  // namespace

Task<std::optional<headers::ProxiedClient>> take_proxy_header(const Shared& shared, Connection& connection,
                                                              std::chrono::seconds timeout) {
    auto client = co_await receive_proxy_header(connection, timeout);
    if (!client)
        shared.advise("A connection from the trusted proxy " + connection.peer() +
                      " did not begin with a PROXY header and was closed: either let it send one, or say "
                      "server.proxy_protocol = false.");
    co_return client;
}

Task<bool> begin_tls(const Tls& tls, Connection& connection, std::chrono::seconds timeout) {
    connection.set_idle(true);  // nothing is lost by ending a handshake
    connection.set_deadline(timeout);
    const auto greeting = co_await connection.begin_tls(tls);
    connection.forget_timeout();
    connection.set_idle(false);
    connection.clear_deadline();
    if (greeting == Connection::Greeting::http) co_await refuse_plain(connection);
    co_return greeting == Connection::Greeting::secure;
}

}  // namespace davit::http

#pragma once
// Addresses and sockets, for the start of a server.
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "davit/http/connection.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

using Protocol = asio::generic::stream_protocol;

/// True for a unix socket.
bool is_local(const Protocol::endpoint& endpoint);
/// The address of an endpoint that is not local. An IPv4 client of an IPv6 socket keeps its IPv4 address.
asio::ip::address address_of(const Protocol::endpoint& endpoint);
/// The URL of an endpoint: "http://127.0.0.1:8080/", "unix:/run/davit".
std::string url_of(const Protocol::endpoint& endpoint, bool secure);
/// The user name of the peer of a management socket, which the system knows.
std::string operator_name(Socket& socket);

/// Switches pacing off for a proxy on this machine, because such a connection cannot be congested. BBR, where the
/// system uses it, would still measure it and send by a timer, for twice the processor time of a large file. Every
/// kernel has Reno.
void send_unpaced(Socket& socket);

/// The endpoint to bind. Without an address: all of IPv6 and IPv4, or of IPv4 if the machine has no IPv6.
asio::ip::tcp::endpoint endpoint_of(const TcpEndpoint& wanted, error_code& error);
/// Throws std::system_error; its text names the endpoint, the error and the usual cause.
[[noreturn]] void cannot_listen(const TcpEndpoint& wanted, error_code error);
[[noreturn]] void cannot_listen(const UnixEndpoint& wanted, error_code error);

/// Gives a bound socket file its group and mode. Throws std::system_error when the server's user may not.
void give_socket(const UnixEndpoint& made);

/// SO_REUSEPORT would silently let a second daemon share the port, so this first tries to bind without it.
error_code already_taken(const asio::ip::tcp::endpoint& endpoint);
/// Removes a socket file without a listener, which would prevent the bind. Keeps a file whose listener answers: it
/// belongs to another process.
void remove_stale_socket(const std::string& path);

}  // namespace davit::http

#pragma once
// Addresses and sockets, as a server needs them before it serves anybody.
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "davit/http/connection.hpp"
#include "davit/http/server_options.hpp"

namespace davit::http {

using Protocol = asio::generic::stream_protocol;

/// A unix socket's?
bool is_local(const Protocol::endpoint& endpoint);
/// Of one that is not local. An IPv4 client of an IPv6 socket is still that client.
asio::ip::address address_of(const Protocol::endpoint& endpoint);
/// Where it can be reached: "http://127.0.0.1:8080/", "unix:/run/davit".
std::string url_of(const Protocol::endpoint& endpoint, bool secure);
/// Whoever asks through a management socket is known to the system.
std::string operator_name(Socket& socket);

/// To a proxy on this machine there is no path that could be congested. BBR, where the system has it for all, measures
/// one all the same and sends by a timer, for twice the processor time of a large file; Reno is in every kernel.
void send_unpaced(Socket& socket);

/// What to bind. Without an address: all of IPv6 and IPv4, or of IPv4 where the machine has no IPv6.
asio::ip::tcp::endpoint endpoint_of(const TcpEndpoint& wanted, error_code& error);
/// Throws std::system_error, whose text names the endpoint, the error and what usually causes it.
[[noreturn]] void cannot_listen(const TcpEndpoint& wanted, error_code error);
[[noreturn]] void cannot_listen(const UnixEndpoint& wanted, error_code error);

/// Gives a bound socket file its group and mode. Throws std::system_error when its user may not.
void give_socket(const UnixEndpoint& made);

/// SO_REUSEPORT would let a second daemon share the port without a word; a socket without it says so.
error_code already_taken(const asio::ip::tcp::endpoint& endpoint);
/// A socket file nobody listens on any more is in the way of bind; one that answers is somebody else's.
void remove_stale_socket(const std::string& path);

}  // namespace davit::http

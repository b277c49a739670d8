#pragma once
// Sockets that systemd has created for the server.
#include <boost/asio/generic/stream_protocol.hpp>

namespace davit::http {

/// The address of the socket. Throws std::system_error when it is not a listening stream socket.
boost::asio::generic::stream_protocol::endpoint endpoint_of_passed(int descriptor);

}  // namespace davit::http

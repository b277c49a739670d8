#pragma once
// Sockets that systemd made and listens on for us.
#include <boost/asio/generic/stream_protocol.hpp>

namespace davit::http {

/// Where it listens. Throws std::system_error when it is no listening stream socket.
boost::asio::generic::stream_protocol::endpoint endpoint_of_passed(int descriptor);

}  // namespace davit::http

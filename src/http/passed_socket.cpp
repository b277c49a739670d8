#include "passed_socket.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "davit/http/server.hpp"

namespace davit::http {
namespace {

int option(int descriptor, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

boost::asio::generic::stream_protocol::endpoint endpoint_of_passed(int descriptor) {
    boost::asio::generic::stream_protocol::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (option(descriptor, SO_TYPE) != SOCK_STREAM || option(descriptor, SO_ACCEPTCONN) != 1 ||
        ::getsockname(descriptor, bound.data(), &size) != 0)
        throw std::system_error(
            EINVAL, std::system_category(),
            "descriptor " + std::to_string(descriptor) + " was passed for listening and is no listening stream socket");
    bound.resize(size);
    return bound;
}

std::string passed_address(int descriptor) {
    boost::asio::ip::tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(descriptor, bound.data(), &size) != 0) return {};
    const auto family = bound.data()->sa_family;
    return family == AF_INET || family == AF_INET6 ? bound.address().to_string() : std::string();
}

}  // namespace davit::http

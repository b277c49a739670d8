#include "endpoint.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>
#include <filesystem>

namespace davit::http {
namespace {

asio::ip::tcp::endpoint tcp_of(const Protocol::endpoint& endpoint) {
    asio::ip::tcp::endpoint tcp;
    tcp.resize(endpoint.size());
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp;
}

}  // namespace

bool is_local(const Protocol::endpoint& endpoint) {
    return endpoint.protocol().family() == AF_UNIX;
}

asio::ip::address address_of(const Protocol::endpoint& endpoint) {
    auto address = tcp_of(endpoint).address();
    // An IPv4 client of an IPv6 socket is still that client.
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

void send_unpaced(Socket& socket) {
    static constexpr std::string_view reno = "reno";
    // What cannot be changed stays as it is.
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, reno.data(), reno.size());
}

std::string operator_name(Socket& socket) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "unix";
    return "uid=" + std::to_string(who.uid) + " pid=" + std::to_string(who.pid);
}

std::string url_of(const Protocol::endpoint& endpoint, bool secure) {
    if (is_local(endpoint)) {
        asio::local::stream_protocol::endpoint local;
        local.resize(endpoint.size());
        std::memcpy(local.data(), endpoint.data(), endpoint.size());
        return "unix:" + local.path();
    }
    const auto tcp = tcp_of(endpoint);
    const auto address = tcp.address().to_string();
    return (secure ? "https://" : "http://") + (tcp.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(tcp.port()) + "/";
}

error_code already_taken(const asio::ip::tcp::endpoint& endpoint) {
    asio::io_context context;
    asio::ip::tcp::acceptor probe(context);
    error_code error;
    probe.open(endpoint.protocol(), error);
    if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) probe.bind(endpoint, error);
    return error;
}

void remove_stale_socket(const std::string& path) {
    std::error_code none;
    if (!std::filesystem::is_socket(std::filesystem::symlink_status(path, none))) return;
    asio::io_context context;
    asio::local::stream_protocol::socket probe(context);
    error_code error;
    probe.connect(asio::local::stream_protocol::endpoint(path), error);
    if (error) std::filesystem::remove(path, none);
}

}  // namespace davit::http

// Why an address cannot be listened on, for the person who named it.
#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "davit/http/server.hpp"
#include "endpoint.hpp"

namespace davit::http {
namespace {

namespace sys = boost::system;

/// The text of std::system_error ends with the error's name; the cause belongs behind it.
class ListenError : public std::system_error {
public:
    ListenError(const std::string& where, error_code error, const std::string& cause)
        : std::system_error(error.value(), std::system_category()),
          text_("cannot listen on " + where + ": " + error.message() + (cause.empty() ? "" : ": " + cause)) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

std::string name_of(const TcpEndpoint& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    std::string name = v6 ? "[" : "";
    name += endpoint.address;
    name += v6 ? "]:" : ":";
    return name += std::to_string(endpoint.port);
}

std::string tcp_cause(int number) {
    switch (number) {
        case EADDRINUSE:
            return "another program listens there; end it, or choose another port";
        case EACCES:
            return "a port below 1024 needs CAP_NET_BIND_SERVICE; choose one from 1024 on, or let systemd listen";
        case EADDRNOTAVAIL:
            return "no interface of this machine has this address";
        case EAFNOSUPPORT:
            return "this machine has no IPv6";
        default:
            return {};
    }
}

std::string unix_cause(const std::string& path, int number) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    std::error_code none;
    switch (number) {
        case EADDRINUSE:
            if (!std::filesystem::is_socket(std::filesystem::symlink_status(path, none)))
                return "something that is no socket has this name";
            return "another program listens there";
        case ENOENT:
            return "no such directory: " + folder;
        case ENOTDIR:
            return "not a directory: " + folder;
        case EACCES:
            return "this user may not make a file in " + folder;
        default:
            return {};
    }
}

}  // namespace

std::optional<unsigned> group_id(const std::string& name) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) return number;
    std::vector<char> buffer(65536);
    group entry{};
    group* found = nullptr;
    if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return std::nullopt;
    return entry.gr_gid;
}

asio::ip::tcp::endpoint endpoint_of(const TcpEndpoint& wanted, error_code& error) {
    if (!wanted.address.empty()) return {asio::ip::make_address(wanted.address, error), wanted.port};
    const asio::ip::tcp::endpoint all(asio::ip::tcp::v6(), wanted.port);
    const auto refused = already_taken(all);
    const bool no_v6 = refused == asio::error::address_family_not_supported || refused.value() == EADDRNOTAVAIL;
    return no_v6 ? asio::ip::tcp::endpoint(asio::ip::tcp::v4(), wanted.port) : all;
}

void give_socket(const UnixEndpoint& made) {
    const auto where = "unix:" + made.path;
    if (made.group && ::chown(made.path.c_str(), static_cast<uid_t>(-1), *made.group) != 0)
        throw ListenError(where, {errno, sys::system_category()},
                          "only root, or a user who is a member of the group of server.socket_group, can give the "
                          "socket to it (usermod -aG GROUP USER)");
    std::error_code refused;
    std::filesystem::permissions(made.path, static_cast<std::filesystem::perms>(made.mode), refused);
    if (refused) throw ListenError(where, {refused.value(), sys::system_category()}, "its mode cannot be set");
}

void cannot_listen(const TcpEndpoint& wanted, error_code error) {
    throw ListenError(name_of(wanted), error, tcp_cause(error.value()));
}

void cannot_listen(const UnixEndpoint& wanted, error_code error) {
    throw ListenError("unix:" + wanted.path, error, unix_cause(wanted.path, error.value()));
}

}  // namespace davit::http

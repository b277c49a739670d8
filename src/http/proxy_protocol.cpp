#include "davit/http/proxy_protocol.hpp"

namespace davit::http {
namespace {

/// Appends exactly `count` bytes. False: they did not come.
Task<bool> take(Connection& connection, std::string& into, std::size_t count) {
    auto at = into.size();
    into.resize(at + count);
    while (at < into.size()) {
        error_code error;
        const auto room = std::as_writable_bytes(std::span(into).subspan(at));
        const auto bytes = co_await connection.receive(room, error);
        if (error || bytes == 0) co_return false;
        at += bytes;
    }
    co_return true;
}

/// Byte by byte, since nobody knows where the line ends and what follows belongs to others.
Task<bool> take_line(Connection& connection, std::string& line) {
    while (!line.ends_with("\r\n")) {
        if (line.size() >= headers::longest_proxy_line) co_return false;
        const bool more = co_await take(connection, line, 1);
        if (!more) co_return false;
    }
    line.resize(line.size() - 2);
    co_return true;
}

Task<std::optional<headers::ProxiedClient>> receive(Connection& connection) {
    std::string header;
    bool there = co_await take(connection, header, headers::proxy_start);
    if (!there) co_return std::nullopt;
    if (!headers::is_proxy_block(header)) {
        there = header.starts_with("PROXY ");
        if (there) there = co_await take_line(connection, header);
        co_return there ? headers::parse_proxy_line(header) : std::nullopt;
    }
    there = co_await take(connection, header, headers::proxy_block_head - headers::proxy_start);
    if (!there) co_return std::nullopt;
    const auto rest = headers::proxy_block_rest(header);
    if (rest > headers::longest_proxy_block) co_return std::nullopt;
    there = co_await take(connection, header, rest);
    co_return there ? headers::parse_proxy_block(header) : std::nullopt;
}

}  // namespace

Task<std::optional<headers::ProxiedClient>> receive_proxy_header(Connection& connection, std::chrono::seconds timeout) {
    connection.set_idle(true);  // nothing has been asked yet
    connection.set_deadline(timeout);
    auto client = co_await receive(connection);
    connection.clear_deadline();
    connection.forget_timeout();
    connection.set_idle(false);
    co_return client;
}

}  // namespace davit::http

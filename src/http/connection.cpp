#include "davit/http/connection.hpp"

#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace davit::http {
namespace {

error_code last_error() {
    return {errno, boost::system::system_category()};
}
bool would_block(int number) {
    return number == EAGAIN || number == EWOULDBLOCK;
}

/// Drops `sent` bytes from the front of `pieces`.
std::span<iovec> advance(std::span<iovec> pieces, std::size_t sent) {
    while (!pieces.empty() && sent >= pieces.front().iov_len) {
        sent -= pieces.front().iov_len;
        pieces = pieces.subspan(1);
    }
    if (sent > 0) {
        pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + sent;
        pieces.front().iov_len -= sent;
    }
    return pieces;
}

}  // namespace

Connection::Connection(Socket socket, std::string peer, ConnectionList& list)
    : socket_(std::move(socket)), peer_(std::move(peer)), list_(list), place_(list.insert(list.end(), this)) {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
}

Connection::~Connection() {
    list_.erase(place_);
}

Task<> Connection::wait_readable(error_code& error) {
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(use_task, error));
    if (timed_out_ && !error) error = asio::error::timed_out;
}

Task<std::size_t> Connection::receive(std::span<std::byte> into, error_code& error) {
    for (;;) {
        const auto received = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
        if (received >= 0) co_return static_cast<std::size_t>(received);
        if (errno == EINTR) continue;
        if (!would_block(errno)) {
            error = last_error();
            co_return 0;
        }
        co_await wait_readable(error);
        if (error) co_return 0;
    }
}

std::span<iovec> Connection::send_at_once(std::span<iovec> pieces, error_code& error) {
    while (!pieces.empty()) {
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = pieces.size();
        const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            pieces = advance(pieces, static_cast<std::size_t>(sent));
        } else if (would_block(errno)) {
            break;
        } else if (errno != EINTR) {
            error = last_error();
            break;
        }
    }
    return pieces;
}

Task<> Connection::send(std::span<iovec> pieces, error_code& error) {
    for (pieces = send_at_once(pieces, error); !pieces.empty() && !error; pieces = send_at_once(pieces, error)) {
        set_deadline(progress_);
        co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
        if (error) break;
    }
    clear_deadline();
}

Task<> Connection::send(std::string_view bytes, error_code& error) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    co_await send(std::span(&piece, 1), error);
}

Task<> Connection::send_file(int file, std::uint64_t offset, std::uint64_t length, error_code& error) {
    auto position = static_cast<off_t>(offset);
    set_deadline(progress_);
    while (length > 0) {
        // At most a megabyte a call: one fast reader must not keep the others of its loop waiting.
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, 1U << 18));
        const auto sent = ::sendfile(socket_.native_handle(), file, &position, wanted);
        if (sent > 0) {
            length -= static_cast<std::uint64_t>(sent);
        } else if (sent == 0) {
            error = asio::error::eof;
            break;
        } else if (would_block(errno)) {
            set_deadline(progress_);
            co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
            if (error) break;
        } else if (errno != EINTR) {
            error = last_error();
            break;
        }
    }
    clear_deadline();
}

void Connection::set_deadline(std::chrono::steady_clock::duration from_now) {
    deadline_ = list_.now + from_now;
}

void Connection::check_deadline(std::chrono::steady_clock::time_point now) {
    if (now < deadline_) return;
    timed_out_ = true;
    clear_deadline();
    error_code ignored;
    socket_.cancel(ignored);
}

void Connection::shut_down_if_idle() {
    if (idle_) abort();
}

void Connection::abort() {
    error_code ignored;
    socket_.cancel(ignored);
    socket_.shutdown(Socket::shutdown_both, ignored);
}

void Connection::finish_sending() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::cork(bool on) {
    const int value = on ? 1 : 0;
    // Fails harmlessly on a unix socket.
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

}  // namespace davit::http

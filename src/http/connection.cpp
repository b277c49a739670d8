#include "davit/http/connection.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>

namespace davit::http {
namespace {

/// What a system call on the socket came to; `waits` when it would have blocked.
Step outcome(ssize_t result, Step::Waits waits) {
    if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
    if (result == 0) return {.end = Step::End::closed};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {.waits = waits};
    return {.end = Step::End::failed};
}

/// Until no signal came in between.
template <typename Call>
ssize_t restarted(Call call) {
    for (;;) {
        const ssize_t result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

/// Drops `sent` bytes from the front of `pieces`.
std::span<iovec> without_front(std::span<iovec> pieces, std::size_t sent) {
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
    : socket_(std::move(socket)), peer_(std::move(peer)), list_(list), place_(list.busy.insert(list.busy.end(), this)) {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
}

Connection::~Connection() {
    (idle_ ? list_.idle : list_.busy).erase(place_);
}

Task<> Connection::wait_readable(error_code& error) {
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(use_task, error));
    if (timed_out_ && !error) error = asio::error::timed_out;
}

namespace {

/// Lets a socket count as readable only when so many bytes have come: no wake-up for every packet. Has no effect on a
/// unix socket.
class LowWater {
public:
    LowWater(int socket, std::size_t bytes) : socket_(bytes > 1 ? socket : -1) { set(static_cast<int>(bytes)); }
    ~LowWater() { set(1); }
    LowWater(const LowWater&) = delete;
    LowWater& operator=(const LowWater&) = delete;

private:
    void set(int bytes) const {
        if (socket_ >= 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
    }
    int socket_;
};

}  // namespace

Task<> Connection::wait_readable(std::size_t at_least, error_code& error) {
    const LowWater low(socket_.native_handle(), tls_ ? 1 : at_least);
    co_await wait_readable(error);
}

std::size_t Connection::unread() {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

/// Bytes that have been sent and that the peer's kernel has taken.
std::uint64_t Connection::delivered() {
    int queued = 0;
    if (::ioctl(socket_.native_handle(), SIOCOUTQ, &queued) != 0 || queued < 0) return sent_;
    return sent_ - std::min(sent_, static_cast<std::uint64_t>(queued));
}

/// Waits until the socket takes more. It becomes writable only when much of its buffer is free, so a slow peer's
/// progress is what the kernel has delivered meanwhile.
Task<> Connection::wait_sendable(error_code& error) {
    for (;;) {
        const auto begin = now();
        set_deadline(sending_.left());
        co_await wait(Step::Waits::to_write, error);
        clear_deadline();
        const bool late = timed_out_;
        const auto waited = now() - begin;
        if (waited == waited.zero() && !late) break;
        if (sending_.judge(waited, delivered()) != Pace::Verdict::fine) {
            error = asio::error::timed_out;
            break;
        }
        if (!late) break;
        forget_timeout();
        error = {};
    }
}

Task<> Connection::wait(Step::Waits what, error_code& error) {
    if (what == Step::Waits::to_read) {
        co_await wait_readable(error);
    } else {
        co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
    }
}

Task<Connection::Greeting> Connection::begin_tls(const Tls& tls) {
    error_code error;
    std::byte first{};
    const auto peek = [&] {
        return outcome(restarted([&] { return ::recv(socket_.native_handle(), &first, 1, MSG_PEEK); }),
                       Step::Waits::to_read);
    };
    auto step = peek();
    while (step.waits != Step::Waits::no && !error) {
        co_await wait(step.waits, error);
        step = peek();
    }
    if (error || step.end != Step::End::no) co_return Greeting::failed;
    if (begins_like_http(first)) co_return Greeting::http;
    tls_ = std::make_unique<TlsStream>(tls.begin(socket_.native_handle()));
    for (step = tls_->shake_hands(); step.waits != Step::Waits::no; step = tls_->shake_hands()) {
        co_await wait(step.waits, error);
        if (error) co_return Greeting::failed;
    }
    co_return step.end == Step::End::no ? Greeting::secure : Greeting::failed;
}

Step Connection::try_receive(std::span<std::byte> into) {
    if (tls_) return tls_->read(into);
    return outcome(restarted([&] { return ::recv(socket_.native_handle(), into.data(), into.size(), 0); }),
                   Step::Waits::to_read);
}

Task<std::size_t> Connection::receive(std::span<std::byte> into, error_code& error) {
    for (;;) {
        const auto step = try_receive(into);
        if (step.end == Step::End::failed) error = asio::error::connection_reset;
        if (step.waits == Step::Waits::no) co_return step.bytes;
        co_await wait(step.waits, error);
        if (error) co_return 0;
    }
}

Step Connection::write(std::span<iovec> pieces) {
    if (encrypts_here()) return tls_->write(pieces);
    if (pieces.size() == 1)
        return outcome(restarted([&] {
                           return ::send(socket_.native_handle(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
                       }),
                       Step::Waits::to_write);
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return outcome(restarted([&] { return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL); }),
                   Step::Waits::to_write);
}

std::span<iovec> Connection::send_at_once(std::span<iovec> pieces, error_code& error) {
    for (pieces = without_front(pieces, 0); !pieces.empty();) {
        const auto step = write(pieces);
        if (step.end != Step::End::no) error = asio::error::connection_reset;
        if (step.bytes == 0) break;
        sent_ += step.bytes;
        pieces = without_front(pieces, step.bytes);
    }
    return pieces;
}

Task<> Connection::send(std::span<iovec> pieces, error_code& error) {
    for (pieces = send_at_once(pieces, error); !pieces.empty() && !error; pieces = send_at_once(pieces, error)) {
        co_await wait_sendable(error);
        if (error) break;
    }
}

Task<> Connection::send(std::string_view bytes, error_code& error) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    co_await send(std::span(&piece, 1), error);
}

Step Connection::write_file(int file, off_t position, std::size_t length) {
    if (!encrypts_here())
        return outcome(restarted([&] { return ::sendfile(socket_.native_handle(), file, &position, length); }),
                       Step::Waits::to_write);
    thread_local std::array<char, 16 * 1024> window;  // a record
    const auto got = restarted([&] { return ::pread(file, window.data(), std::min(window.size(), length), position); });
    if (got <= 0) return {.end = got == 0 ? Step::End::closed : Step::End::failed};
    const iovec piece{window.data(), static_cast<std::size_t>(got)};
    return tls_->write({&piece, 1});
}

Task<> Connection::send_file(int file, std::uint64_t offset, std::uint64_t length, error_code& error) {
    constexpr std::uint64_t turn = 1U << 20;  ///< one fast reader must not keep the others of its loop waiting
    std::uint64_t sent_in_turn = 0;
    while (length > 0 && !error) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, turn));
        const auto step = write_file(file, static_cast<off_t>(offset), wanted);
        offset += step.bytes;
        length -= step.bytes;
        sent_ += step.bytes;
        sent_in_turn += step.bytes;
        if (step.end != Step::End::no) {
            error = asio::error::eof;
        } else if (step.waits != Step::Waits::no) {
            co_await wait_sendable(error);
            sent_in_turn = 0;
        } else if (sent_in_turn >= turn) {
            co_await asio::post(executor(), use_task);
            sent_in_turn = 0;
        }
    }
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

void Connection::set_idle(bool idle) {
    if (idle == idle_) return;
    auto& from = idle_ ? list_.idle : list_.busy;
    auto& to = idle ? list_.idle : list_.busy;
    to.splice(to.end(), from, place_);
    idle_ = idle;
    used_ = used_ || !idle;
    if (idle) idle_since_ = now();
}

bool Connection::can_be_closed() const {
    return idle_ && (!used_ || now() - idle_since_ >= std::chrono::seconds(1));
}

bool ConnectionList::close_longest_idle() {
    if (idle.empty() || !idle.front()->can_be_closed()) return false;
    auto& connection = *idle.front();
    connection.set_idle(false);  // it is on its way out, and is not chosen again
    connection.abort();
    return true;
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
    if (tls_) tls_->say_goodbye();
    tls_.reset();  // what still comes is read for the peer's sake only
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::cork(bool on) {
    const int value = on ? 1 : 0;
    // Fails harmlessly on a unix socket.
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

}  // namespace davit::http

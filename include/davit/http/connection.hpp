#pragma once
// One accepted socket: reading, writing, sendfile and a deadline, without its own timer. Plain, or through TLS.
#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string>

#include "davit/http/pace.hpp"
#include "davit/http/task.hpp"
#include "davit/http/tls.hpp"

namespace davit::http {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using boost::system::error_code;

class Connection;
/// The connections of one event loop. A coarse ticker ends those whose deadline has passed. Deadlines count from the
/// last tick, which saves a look at the clock for each.
struct ConnectionList {
    std::list<Connection*> busy;
    std::list<Connection*> idle;  ///< connections that can be closed; the longest idle first
    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();

    bool empty() const { return busy.empty() && idle.empty(); }
    template <typename Use>
    void for_each(Use use) const {
        for (auto* connection : busy) use(*connection);
        for (auto* connection : idle) use(*connection);
    }
    /// Closes an idle connection to make room for another. False: none is idle, or each has just been used.
    bool close_longest_idle();
};

class Connection {
public:
    Connection(Socket socket, std::string peer, ConnectionList& list);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const std::string& peer() const { return peer_; }  ///< "127.0.0.1", "::1" or "unix"
    Executor executor() { return socket_.get_executor(); }
    bool secure() const { return tls_ != nullptr; }
    /// Whether writes go through OpenSSL, and not straight to the socket.
    bool encrypts_here() const { return tls_ && !tls_->kernel_sends(); }

    enum class Greeting : std::uint8_t { secure, http, failed };  ///< http: the peer speaks plain HTTP
    /// Does the TLS handshake; from then on everything goes through TLS. The caller reads what may come before (the
    /// PROXY protocol's header) first.
    Task<Greeting> begin_tls(const Tls& tls);
    /// Returns the bytes read, 0 at the end of the stream. Waits at most until the deadline (see `timed_out()`).
    Task<std::size_t> receive(std::span<std::byte> into, error_code& error);
    /// Returns the bytes that have arrived, or the event to wait for. May be called from another thread while the
    /// connection's own thread waits for that thread.
    Step try_receive(std::span<std::byte> into);
    /// Waits until the socket has something to read, and holds no buffer meanwhile. With TLS call it only after
    /// try_receive() or receive() found nothing.
    Task<> wait_readable(error_code& error);
    /// Waits for `at_least` bytes, the end of the stream, or the deadline. Not for TLS, whose records hide how many
    /// bytes are still to come.
    Task<> wait_readable(std::size_t at_least, error_code& error);
    Task<> wait(Step::Waits what, error_code& error);
    /// The bytes that the kernel has received and the server has not read.
    std::size_t unread();
    /// Whether OpenSSL holds bytes that it took off the socket.
    bool has_buffered() const { return tls_ && tls_->has_buffered(); }
    /// Receives the first bytes of the next request. A buffer waits for them, which saves the reactor a call; the
    /// caller awaits the Asio operation itself, which saves a coroutine. Not for TLS.
    auto async_receive(std::span<std::byte> into, error_code& error) {
        return socket_.async_read_some(asio::mutable_buffer(into.data(), into.size()),
                                       asio::redirect_error(use_task, error));
    }
    Task<> send(std::span<iovec> pieces, error_code& error);
    /// Sends what the socket accepts without waiting, and returns the rest of `pieces`. May be called from another
    /// thread while the connection's own thread waits for that thread and OpenSSL does not encrypt here.
    std::span<iovec> send_at_once(std::span<iovec> pieces, error_code& error);
    Task<> send(std::string_view bytes, error_code& error);
    /// Sends `length` bytes of a file, by sendfile(2) unless OpenSSL must encrypt them here. An early end of the file
    /// is an error: another program truncated it.
    Task<> send_file(int file, std::uint64_t offset, std::uint64_t length, error_code& error);

    /// Sets the deadline at which every wait ends.
    void set_deadline(std::chrono::steady_clock::duration from_now);
    /// Sets the least rate at which the peer must read from now on.
    void set_sending_pace(Pace pace) {
        sending_ = pace;
        sent_ = 0;
    }
    std::chrono::steady_clock::time_point now() const { return list_.now; }  ///< of the last tick
    void clear_deadline() { deadline_ = std::chrono::steady_clock::time_point::max(); }
    void check_deadline(std::chrono::steady_clock::time_point now);
    bool timed_out() const { return timed_out_; }
    void forget_timeout() { timed_out_ = false; }

    /// Marks the connection as idle: no whole request head has arrived. Closing it loses nothing, when it makes room
    /// for another one or when the server stops.
    void set_idle(bool idle);
    /// Whether it has been idle for so long that closing it does not meet the client's next request, or has never
    /// received anything.
    bool can_be_closed() const;
    void shut_down_if_idle();
    void abort();           ///< ends every wait with an error
    void finish_sending();  ///< half-close, so that the peer reads our last bytes before a reset; the end of TLS
    /// Holds back small packets until flushed, so that head and file go out in one segment.
    void cork(bool on);

private:
    Task<> wait_sendable(error_code& error);
    std::uint64_t delivered();
    Step write(std::span<iovec> pieces);
    Step write_file(int file, off_t position, std::size_t length);

    Socket socket_;
    std::string peer_;
    ConnectionList& list_;
    std::list<Connection*>::iterator place_;
    std::unique_ptr<TlsStream> tls_;  ///< null: plain
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    Pace sending_;
    std::uint64_t sent_ = 0;  ///< bytes given to the kernel since set_sending_pace()
    std::chrono::steady_clock::time_point idle_since_;
    bool idle_ = false;  ///< in the list of idle connections
    bool used_ = false;  ///< something has arrived
    bool timed_out_ = false;
};

}  // namespace davit::http

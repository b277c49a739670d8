#pragma once
// A connection of the doctor, plain or TLS. Each call ends within its time limit.
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <expected>
#include <string>

namespace davit::http {

using PlainProbe = boost::beast::tcp_stream;
using TlsProbe = boost::beast::ssl_stream<PlainProbe>;

constexpr std::chrono::seconds probe_patience{30};
constexpr std::chrono::seconds connect_patience{10};
constexpr std::chrono::seconds handshake_patience{3};

struct HostAndPort {
    std::string host;  ///< without brackets
    std::string port;
};
/// Splits "host:port", "[::1]:port" or "host".
HostAndPort split_authority(const std::string& authority, bool tls);

template <typename Stream>
class ProbeConnection {
public:
    using Error = boost::system::error_code;

    template <typename... Arguments>
    explicit ProbeConnection(Arguments&... arguments) : stream_(context_, arguments...) {}

    Stream& stream() { return stream_; }

    Error connect(const HostAndPort& where) {
        Error error;
        boost::asio::ip::tcp::resolver resolver(context_);
        const auto found = resolver.resolve(where.host, where.port, error);
        if (error) return error;
        return finish(connect_patience, error, [&](auto done) {
            boost::beast::get_lowest_layer(stream_).async_connect(found,
                                                                  [done](Error result, const auto&) { done(result); });
        });
    }
    /// The handshake of a TlsProbe.
    Error handshake() {
        Error error;
        return finish(handshake_patience, error, [&](auto done) {
            stream_.async_handshake(boost::asio::ssl::stream_base::client, [done](Error result) { done(result); });
        });
    }
    template <typename Request>
    Error write(Request& request) {
        Error error;
        return finish(probe_patience, error, [&](auto done) {
            boost::beast::http::async_write(stream_, request, [done](Error result, std::size_t) { done(result); });
        });
    }
    template <typename Parser>
    Error read(Parser& parser, std::chrono::seconds patience) {
        Error error;
        return finish(patience, error, [&](auto done) {
            boost::beast::http::async_read(stream_, buffer_, parser,
                                           [done](Error result, std::size_t) { done(result); });
        });
    }

    /// The first bytes that arrive.
    std::string first_bytes(std::chrono::seconds patience) {
        Error error;
        std::array<char, 512> bytes{};
        std::size_t count = 0;
        finish(patience, error, [&](auto done) {
            stream_.async_read_some(boost::asio::buffer(bytes), [done, &count](Error result, std::size_t read) {
                count = read;
                done(result);
            });
        });
        return {bytes.data(), count};
    }

private:
    Error finish(std::chrono::seconds patience, Error& error, auto start) {
        boost::beast::get_lowest_layer(stream_).expires_after(patience);
        start([&error](Error result) { error = result; });
        context_.restart();
        context_.run();
        return error;
    }

    boost::asio::io_context context_;
    Stream stream_;
    boost::beast::flat_buffer buffer_;
};

/// Requests the certificate of this host and verifies it. If `first` is not null, it receives the first error of the
/// verification, which then does not end the handshake.
void expect_host(TlsProbe& stream, const std::string& host, int* first);
/// "no TLS with HOST: REASON". After a timeout the reason tells what the server sent.
std::string handshake_failure(TlsProbe& stream, const std::string& authority, const boost::system::error_code& error);
/// Trusts this system's root certificates.
boost::asio::ssl::context make_probe_context();

}  // namespace davit::http

#include "davit/http/control_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace davit::http {

std::expected<ControlAnswer, std::string> ask_control(const std::string& socket_path, const ControlRequest& asked) {
    namespace bh = boost::beast::http;
    namespace local = boost::asio::local;
    if (socket_path.size() > longest_socket_path)
        return std::unexpected("the path " + socket_path + " is longer than the " +
                               std::to_string(longest_socket_path) +
                               " bytes a unix socket may have: name a shorter one in server.control_socket");
    boost::system::error_code error;
    boost::asio::io_context context;
    local::stream_protocol::socket socket(context);
    socket.connect(local::stream_protocol::endpoint(socket_path), error);
    if (error) return std::unexpected("no daemon answers at " + socket_path + ": " + error.message());
    const timeval patience{10, 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bh::request<bh::string_body> request;
    request.version(11);
    request.method_string(asked.method);
    request.target(asked.target);
    request.set(bh::field::host, "localhost");
    request.set(bh::field::accept, "application/problem+json");
    for (const auto& [name, value] : asked.fields) request.set(name, value);
    request.body() = asked.body;
    request.keep_alive(false);
    request.prepare_payload();
    bh::write(socket, request, error);
    boost::beast::flat_buffer buffer;
    bh::response_parser<bh::string_body> answer;
    answer.body_limit(boost::none);  // a hundred thousand locks are a long list
    if (!error) bh::read(socket, buffer, answer, error);
    if (error) return std::unexpected("the daemon at " + socket_path + " did not answer: " + error.message());
    auto message = answer.release();
    return ControlAnswer{message.result_int(), std::move(message.body())};
}

}  // namespace davit::http

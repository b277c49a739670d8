#include "davit/http/probe.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "davit/headers/scanner.hpp"

namespace davit::http {
namespace {

namespace bh = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::seconds short_patience{3};
constexpr std::uint64_t largest_answer = 8U << 20U;

/// Host and port of "host:port", "[::1]:port" or "host".
std::pair<std::string, std::string> split_authority(const std::string& authority) {
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    const bool port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    auto host = authority.substr(0, port ? colon : std::string::npos);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, port ? authority.substr(colon + 1) : "80"};
}

bh::request<bh::string_body> to_request(const std::string& authority, const ProbeRequest& asked) {
    bh::request<bh::string_body> request;
    request.version(11);
    request.method_string(asked.method);
    request.target(asked.target);
    request.set(bh::field::host, authority);
    request.set(bh::field::user_agent, "davit-doctor");
    for (const auto& [name, value] : asked.fields) request.set(name, value);
    request.keep_alive(false);
    request.body() = asked.body;
    if (asked.chunked)
        request.chunked(true);
    else if (!asked.body.empty() || asked.method == "PUT")
        request.content_length(asked.body.size() + asked.withheld);
    return request;
}

class Connection {
public:
    error_code connect(const std::string& host, const std::string& port) {
        error_code error;
        tcp::resolver resolver(context_);
        const auto found = resolver.resolve(host, port, error);
        if (error) return error;
        stream_.expires_after(patience);
        stream_.async_connect(found, [&](error_code result, const auto&) { error = result; });
        run();
        return error;
    }
    error_code write(bh::request<bh::string_body>& request) {
        error_code error;
        stream_.expires_after(patience);
        bh::async_write(stream_, request, [&](error_code result, std::size_t) { error = result; });
        run();
        return error;
    }
    error_code read(bh::response_parser<bh::string_body>& parser, std::chrono::seconds wait) {
        error_code error;
        stream_.expires_after(wait);
        bh::async_read(stream_, buffer_, parser, [&](error_code result, std::size_t) { error = result; });
        run();
        return error;
    }

private:
    void run() {
        context_.restart();
        context_.run();
    }
    boost::asio::io_context context_;
    boost::beast::tcp_stream stream_{context_};
    boost::beast::flat_buffer buffer_;
};

ProbeAnswer to_answer(bh::response<bh::string_body>&& response) {
    ProbeAnswer answer{response.result_int(), {}, std::move(response.body())};
    for (const auto& field : response) answer.fields.emplace_back(field.name_string(), field.value());
    return answer;
}

}  // namespace

std::string ProbeAnswer::field(std::string_view name) const {
    for (const auto& [known, value] : fields)
        if (headers::iequals(known, name)) return value;
    return {};
}

std::expected<ProbeAnswer, std::string> probe(const std::string& authority, const ProbeRequest& asked) {
    const auto [host, port] = split_authority(authority);
    Connection connection;
    if (const auto error = connection.connect(host, port))
        return std::unexpected("no connection to " + authority + ": " + error.message());
    auto request = to_request(authority, asked);
    const auto unsent = connection.write(request);
    bh::response_parser<bh::string_body> parser;
    parser.body_limit(largest_answer);
    parser.skip(asked.method == "HEAD");
    // A refusal may come while the body is still being sent, and the connection be closed behind it.
    const auto unread = connection.read(parser, asked.withheld > 0 ? short_patience : patience);
    if (unread) return std::unexpected("no answer to " + asked.method + ": " + (unsent ? unsent : unread).message());
    return to_answer(parser.release());
}

}  // namespace davit::http

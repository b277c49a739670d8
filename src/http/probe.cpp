#include "davit/http/probe.hpp"

#include "davit/headers/scanner.hpp"
#include "probe_connection.hpp"

namespace davit::http {
namespace {

namespace bh = boost::beast::http;

constexpr std::chrono::seconds short_patience{3};
constexpr std::uint64_t largest_answer = 8U << 20U;

bh::request<bh::string_body> to_request(const ProbeServer& server, const ProbeRequest& asked) {
    bh::request<bh::string_body> request;
    request.version(11);
    request.method_string(asked.method);
    request.target(asked.target);
    request.set(bh::field::host, server.authority);
    request.set(bh::field::user_agent, "davit-doctor");
    if (!server.authorization.empty()) request.set(bh::field::authorization, server.authorization);
    for (const auto& [name, value] : asked.fields) request.set(name, value);
    request.keep_alive(false);
    request.body() = asked.body;
    if (asked.chunked)
        request.chunked(true);
    else if (!asked.body.empty() || asked.method == "PUT")
        request.content_length(asked.body.size() + asked.withheld);
    return request;
}

ProbeAnswer to_answer(bh::response<bh::string_body>&& response) {
    ProbeAnswer answer{response.result_int(), {}, std::move(response.body())};
    for (const auto& field : response) answer.fields.emplace_back(field.name_string(), field.value());
    return answer;
}

std::expected<ProbeAnswer, std::string> talk(auto& connection, const ProbeServer& server, const ProbeRequest& asked) {
    auto request = to_request(server, asked);
    const auto unsent = connection.write(request);
    bh::response_parser<bh::string_body> parser;
    parser.body_limit(largest_answer);
    parser.skip(asked.method == "HEAD");
    // A refusal may come while the body is still being sent, and the connection be closed behind it.
    const auto unread = connection.read(parser, asked.withheld > 0 ? short_patience : asked.patience);
    if (unread) return std::unexpected("no answer to " + asked.method + ": " + (unsent ? unsent : unread).message());
    return to_answer(parser.release());
}

}  // namespace

std::string ProbeAnswer::field(std::string_view name) const {
    for (const auto& [known, value] : fields)
        if (headers::iequals(known, name)) return value;
    return {};
}

HostAndPort split_authority(const std::string& authority, bool tls) {
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    const bool port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    auto host = authority.substr(0, port ? colon : std::string::npos);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, port ? authority.substr(colon + 1) : tls ? "443" : "80"};
}

std::expected<ProbeAnswer, std::string> probe(const ProbeServer& server, const ProbeRequest& asked) {
    const auto where = split_authority(server.authority, server.tls);
    const auto no = [&](const std::string& what, const boost::system::error_code& error) {
        return std::unexpected(what + " " + server.authority + ": " + error.message());
    };
    if (!server.tls) {
        ProbeConnection<PlainProbe> connection;
        if (const auto error = connection.connect(where)) return no("no connection to", error);
        return talk(connection, server, asked);
    }
    auto context = make_probe_context();
    ProbeConnection<TlsProbe> connection(context);
    if (const auto error = connection.connect(where)) return no("no connection to", error);
    int ignored = 0;
    expect_host(connection.stream(), where.host, server.insecure ? &ignored : nullptr);
    if (const auto error = connection.handshake())
        return std::unexpected(handshake_failure(connection.stream(), server.authority, error));
    return talk(connection, server, asked);
}

}  // namespace davit::http

#include "davit/http/cors.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

#include "davit/http/method_table.hpp"

namespace davit::http {
namespace {

/// What scripts may read beyond the few fields that are always theirs.
constexpr std::string_view exposed =
    "Accept-Ranges, Allow, Content-Digest, Content-Length, Content-Location, Content-Range, DAV, Date, ETag, Location, "
    "Lock-Token, MS-Author-Via, OC-Checksum, Preference-Applied, Repr-Digest, Retry-After, X-Dav-Error-Code, "
    "X-OC-MTime, X-Request-Id";

/// Field names and what may stand between them: what a browser sends, and nothing else is repeated to it.
bool is_field_list(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c > 0x1F && c < 0x7F; });
}

bool is_any(const CorsOptions& options) {
    return options.origins.front() == "*";
}

void allow_origin(const CorsOptions& options, std::string_view origin, Reply& reply) {
    reply.add("Access-Control-Allow-Origin", is_any(options) ? "*" : origin);
    if (options.credentials) reply.add("Access-Control-Allow-Credentials", "true");
}

}  // namespace

bool is_listed_origin(const CorsOptions& options, std::string_view origin) {
    if (origin.empty() || options.origins.empty()) return false;
    return is_any(options) || std::ranges::any_of(options.origins, [&](const std::string& listed) {
               return boost::beast::iequals(listed, {origin.data(), origin.size()});
           });
}

std::optional<Reply> cors_preflight(const Exchange& exchange) {
    const auto& options = exchange.options().cors;
    if (options.origins.empty() || exchange.method() != "OPTIONS") return std::nullopt;
    const auto origin = exchange.field(Field::origin);
    if (!exchange.has(Field::access_control_request_method) || !is_listed_origin(options, origin)) return std::nullopt;
    Reply reply;
    reply.status = Status::no_content;
    reply.add("Access-Control-Allow-Methods", allow_all(!somewhere_writable(exchange)));
    const auto fields = exchange.joined(Field::access_control_request_headers);
    if (!fields.empty() && is_field_list(fields)) reply.add("Access-Control-Allow-Headers", fields);
    reply.add("Access-Control-Max-Age", std::to_string(options.max_age.count()));
    return reply;
}

void add_cors(const Exchange& exchange, Reply& reply) {
    const auto& options = exchange.options().cors;
    if (options.origins.empty()) return;
    if (!is_any(options)) reply.add("Vary", "Origin");
    const auto origin = exchange.field(Field::origin);
    if (!is_listed_origin(options, origin)) return;
    allow_origin(options, origin, reply);
    reply.add("Access-Control-Expose-Headers", exposed);
}

}  // namespace davit::http

#include "davit/http/davmount.hpp"

#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

/// Scheme and authority as the request has them.
std::string origin_of(const Exchange& exchange) {
    return "http://" + std::string(exchange.field(Field::host));
}

}  // namespace

bool asks_for_davmount(const Exchange& exchange) {
    const auto target = exchange.target();
    const auto query = target.find('?');
    return query != std::string_view::npos && target.substr(query + 1) == "davmount";
}

Reply davmount(Exchange& exchange) {
    if (exchange.field(Field::host).empty())
        return refuse(exchange, FailureCode::bad_request, "The document holds a whole URL: send a Host header.");
    std::string body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<dm:mount "
        "xmlns:dm=\"http://purl.org/NET/webdav/mount\"><dm:url>";
    xml::append_escaped_text(body, origin_of(exchange) + exchange.href(exchange.path, true));
    body += "</dm:url></dm:mount>\n";
    Reply reply;
    reply.add("Content-Type", "application/davmount+xml");
    // A browser saves it under a name its system knows the kind of.
    reply.add("Content-Disposition", "attachment; filename=\"folder.davmount\"");
    reply.add("Cache-Control", "no-cache");
    reply.add("Vary", "Host");
    reply.body = std::move(body);
    return reply;
}

}  // namespace davit::http

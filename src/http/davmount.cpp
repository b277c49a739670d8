#include "davit/http/davmount.hpp"

#include <algorithm>

#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

/// As the request has it, unless the public names are known and that is none of them: then a proxy has put its own.
std::string_view authority_of(const Exchange& exchange) {
    const auto host = exchange.field(Field::host);
    const auto& known = exchange.address().authorities;
    return known.empty() || std::ranges::find(known, host) != known.end() ? host : std::string_view(known.front());
}

}  // namespace

bool asks_for_davmount(const Exchange& exchange) {
    const auto target = exchange.target();
    const auto query = target.find('?');
    return query != std::string_view::npos && target.substr(query + 1) == "davmount";
}

Reply davmount(Exchange& exchange) {
    const auto authority = authority_of(exchange);
    if (authority.empty())
        return refuse(exchange, FailureCode::bad_request, "The document holds a whole URL: send a Host header.");
    std::string body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<dm:mount "
        "xmlns:dm=\"http://purl.org/NET/webdav/mount\"><dm:url>";
    body += exchange.secure ? "https://" : "http://";
    xml::append_escaped_text(body, authority);
    xml::append_escaped_text(body, exchange.href(exchange.path, true));
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

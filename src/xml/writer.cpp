// Writes Multi-Status responses piece by piece.
#include "davit/xml/writer.hpp"

#include <array>
#include <charconv>

#include "failure_writer.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

void append_propstats(std::string& out, const std::vector<PropStat>& propstats, const BodyContext& context) {
    for (const auto& propstat : propstats) {
        open_propstat(out);
        for (const auto& name : propstat.names) append_empty_property(out, name);
        close_propstat(out, propstat.status, context);
    }
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append(digits.data(), end);
}

void escape_href(std::string& out, std::size_t begin) {
    for (auto at = out.find('&', begin); at != std::string::npos; at = out.find('&', at + 1))
        out.insert(at + 1, "amp;");
}

void append_href(std::string& out, const ResourcePath& path, bool collection, const BodyContext& context) {
    out += "<D:href>";
    const auto begin = out.size();
    context.href(out, path, collection);
    escape_href(out, begin);
    out += "</D:href>";
}

void open_multistatus(std::string& out) {
    out += declaration;
    out += "<D:multistatus xmlns:D=\"DAV:\">";
}

void open_response(std::string& out, const BodyContext& context, const ResourcePath& path, bool collection) {
    out += "<D:response>";
    append_href(out, path, collection, context);
}

void open_propstat(std::string& out) {
    out += "<D:propstat><D:prop>";
}

void close_propstat(std::string& out, Status status) {
    out += "</D:prop>";
    append_status(out, status);
    out += "</D:propstat>";
}

void close_propstat(std::string& out, const EntryStatus& entry, const BodyContext& context) {
    out += "</D:prop>";
    append_entry(out, entry, context);
    out += "</D:propstat>";
}

void append_status(std::string& out, Status status) {
    out += "<D:status>HTTP/1.1 ";
    append_number(out, number(status));
    out += ' ';
    out += reason_phrase(status);
    out += "</D:status>";
}

void append_entry(std::string& out, const EntryStatus& entry, const BodyContext& context) {
    if (const auto* status = std::get_if<Status>(&entry)) {
        append_status(out, *status);
    } else if (const auto* failure = std::get_if<Failure>(&entry)) {
        append_failed_entry(out, *failure, context);
    } else {
        append_dependent_entry(out, std::get<Cause>(entry), context);
    }
}

void close_response(std::string& out) {
    out += "</D:response>";
}
void close_multistatus(std::string& out) {
    out += "</D:multistatus>";
}

void append_multistatus(std::string& out, const MultiStatus& body, const BodyContext& context) {
    open_multistatus(out);
    for (const auto& response : body.responses()) {
        open_response(out, context, response.path, response.collection);
        if (const auto* entry = std::get_if<EntryStatus>(&response.body)) {
            append_entry(out, *entry, context);
        } else {
            append_propstats(out, std::get<std::vector<PropStat>>(response.body), context);
        }
        close_response(out);
    }
    close_multistatus(out);
}

void append_mkcol_response(std::string& out, const MultiStatus& body, const BodyContext& context) {
    out += declaration;
    out += "<D:mkcol-response xmlns:D=\"DAV:\">";
    for (const auto& response : body.responses())
        if (const auto* propstats = std::get_if<std::vector<PropStat>>(&response.body))
            append_propstats(out, *propstats, context);
    out += "</D:mkcol-response>";
}

void append_error(std::string& out, const Failure& failure, const BodyContext& context) {
    out += declaration;
    append_error_element(out, failure, context);
}

}  // namespace davit::xml

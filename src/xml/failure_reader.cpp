#include "davit/xml/failure_reader.hpp"

#include <charconv>

#include "document.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view our_namespace = "urn:davit:error";

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string text_of(pugi::xml_node element) {
    return std::string(trimmed(element.text().get()));
}

/// "HTTP/1.1 423 Locked"
unsigned status_number(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return 0;
    unsigned status = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return status;
}

/// lighttpd writes "DAV:getetag", the namespace in place of an undeclared prefix.
PropertyName property_name(pugi::xml_node element) {
    auto name = expanded_name(element);
    const std::string_view written = element.name();
    if (const auto colon = written.find(':'); name.ns.empty() && colon != written.npos)
        name.ns = written.substr(0, colon + 1);
    return name;
}

FailureLock read_lock(pugi::xml_node lock) {
    FailureLock read{lock.attribute("href").value(), lock.attribute("scope").value(), lock.attribute("owner").value(),
                     lock.attribute("expires").value(), std::nullopt};
    if (const auto remaining = lock.attribute("remaining")) read.remaining = std::chrono::seconds(remaining.as_llong());
    return read;
}

/// Davit's own elements: e:failed-dependency, or e:detail and e:root-cause with their facts.
void read_facts(pugi::xml_node element, FailureEntry& entry) {
    if (expanded_name(element).local == "failed-dependency") {
        entry.cause_href = element.attribute("href").value();
        entry.cause_property = element.attribute("property").value();
        return;
    }
    if (!element.attribute("code")) return;
    entry.code = element.attribute("code").value();
    entry.retryable = element.attribute("retryable").as_bool();
    entry.changed = element.attribute("changed").value();
    entry.request_id = element.attribute("request-id").value();
    for (const auto child : element.children()) {
        const auto name = expanded_name(child);
        if (name.is(our_namespace, "lock")) entry.locks.push_back(read_lock(child));
        if (name.is(our_namespace, "also"))
            entry.also.push_back({{child.attribute("namespace").value(), child.attribute("property").value()},
                                  child.attribute("status").as_uint(),
                                  child.attribute("code").value(),
                                  child.attribute("message").value()});
        if (name.is(our_namespace, "room"))
            entry.room = Room{child.attribute("needed").as_ullong(), child.attribute("available").as_ullong()};
    }
}

/// The status of a SabreDAV exception: "Sabre\DAV\Exception\NotFound".
unsigned status_of_exception(std::string_view exception) {
    const auto status = error_of_reason(exception.substr(exception.rfind('\\') + 1));
    return status ? number(*status) : 0;
}

/// DAV:error: Davit's elements, the precondition of RFC 4918, 16, the exception and message of SabreDAV.
void read_error(pugi::xml_node error, FailureEntry& entry) {
    std::string precondition;
    for (const auto child : error.children()) {
        const auto name = property_name(child);
        if (name.ns == our_namespace) {
            read_facts(child, entry);
        } else if (name.local == "message") {
            entry.sentence = text_of(child);
        } else if (name.local == "exception") {
            if (entry.status == 0) entry.status = status_of_exception(text_of(child));
        } else if (name.ns == dav_namespace) {
            if (precondition.empty()) precondition = name.local;
            for (const auto href : child.children())
                if (is_dav(href, "href")) entry.culprits.push_back(text_of(href));
        }
    }
    if (entry.code.empty() && entry.cause_href.empty()) entry.code = precondition;
}

void infer_status(FailureEntry& entry) {
    auto code = failure_code(entry.code);
    if (!code) code = failure_code_of_precondition(entry.code);
    if (code) entry.status = number(kind(*code).status);
}

/// A response or propstat.
void read_entry(pugi::xml_node holder, std::string_view href, std::vector<FailureEntry>& entries) {
    FailureEntry entry;
    entry.href = href;
    entry.status = status_number(text_of(dav_child(holder, "status")));
    if (entry.status < 300) return;
    for (const auto property : dav_child(holder, "prop").children())
        if (property.type() == pugi::node_element) entry.properties.push_back(property_name(property));
    read_error(dav_child(holder, "error"), entry);
    if (const auto description = dav_child(holder, "responsedescription")) entry.sentence = text_of(description);
    entries.push_back(std::move(entry));
}

void read_response(pugi::xml_node response, std::vector<FailureEntry>& entries) {
    const auto href = text_of(dav_child(response, "href"));
    if (dav_child(response, "status")) read_entry(response, href, entries);
    for (const auto child : response.children())
        if (is_dav(child, "propstat")) read_entry(child, href, entries);
}

}  // namespace

Result<std::vector<FailureEntry>> parse_failure(std::string_view body) {
    const auto document = Document::read(body, {.declared_prefixes = false});
    if (!document) return std::unexpected(document.error());
    const auto root = document->root();
    std::vector<FailureEntry> entries;
    if (is_dav(root, "multistatus")) {
        for (const auto child : root.children())
            if (is_dav(child, "response")) read_response(child, entries);
    } else if (is_dav(root, "mkcol-response")) {
        read_response(root, entries);
    } else if (is_dav(root, "error")) {
        entries.emplace_back();
        read_error(root, entries.back());
        infer_status(entries.back());
    } else if (is_dav(root, "prop")) {
        return entries;  // a granted LOCK
    } else {
        return fail(FailureCode::unprocessable, "This is XML, but no Multi-Status and no DAV:error.");
    }
    return entries;
}

}  // namespace davit::xml

#include "failure_writer.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view error_namespace = " xmlns:e=\"urn:davit:error\"";

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    ((out += ' ') += name) += "=\"";
    append_escaped_attribute(out, value);
    out += '"';
}

void append_href(std::string& out, const ResourcePath& path, bool collection, const BodyContext& context) {
    out += "<D:href>";
    context.href(out, path, collection);
    out += "</D:href>";
}

bool holds_hrefs(Precondition precondition) {
    return precondition == Precondition::lock_token_submitted || precondition == Precondition::no_conflicting_lock;
}

/// RFC 4918, 16: the element that names the broken rule, with the hrefs it defines.
void append_precondition(std::string& out, const Failure& failure, const BodyContext& context) {
    const auto precondition = failure.precondition();
    if (!precondition) return;
    (out += "<D:") += local_name(*precondition);
    if (!holds_hrefs(*precondition) || failure.culprits.empty()) {
        out += "/>";
        return;
    }
    out += '>';
    for (const auto& culprit : failure.culprits) append_href(out, culprit, false, context);
    ((out += "</D:") += local_name(*precondition)) += '>';
}

/// The attributes of e:detail and e:root-cause.
void append_facts(std::string& out, const Failure& failure, const BodyContext& context) {
    append_attribute(out, "code", name(failure.code));
    append_attribute(out, "retryable", failure.retryable() ? "true" : "false");
    if (failure.retry_after) {
        out += " retry-after=\"";
        append_number(out, static_cast<std::uint64_t>(failure.retry_after->count()));
        out += '"';
    }
    append_attribute(out, "changed", name(failure.changed));
    append_attribute(out, "request-id", context.request_id);
}

void append_description(std::string& out, std::string_view sentence) {
    out += "<D:responsedescription>";
    append_escaped_text(out, sentence);
    out += "</D:responsedescription>";
}

/// "Locked" of "Locked", "InsufficientStorage" of "Insufficient Storage".
void append_exception(std::string& out, Status status) {
    for (const char c : reason_phrase(status))
        if (c != ' ' && c != '-') out += c;
}

}  // namespace

void append_failed_entry(std::string& out, const Failure& failure, const BodyContext& context) {
    append_status(out, failure.status());
    out += "<D:error>";
    append_precondition(out, failure, context);
    (out += "<e:root-cause") += error_namespace;
    append_facts(out, failure, context);
    out += "/></D:error>";
    append_description(out, failure.sentence);
}

void append_dependent_entry(std::string& out, const Cause& cause, const BodyContext& context) {
    const auto& root = kind(cause.code);
    out += "<D:status>HTTP/1.1 ";
    append_number(out, failed_dependency_number());
    out += " Failed Dependency</D:status><D:error><e:failed-dependency";
    out += error_namespace;
    std::string href;
    context.href(href, cause.path, cause.collection);
    append_attribute(out, "href", href);
    if (cause.property) {
        append_attribute(out, "property", cause.property->local);
        append_attribute(out, "namespace", cause.property->ns);
    }
    out += " status=\"";
    append_number(out, number(root.status));
    out += '"';
    append_attribute(out, "code", root.name);
    out += " index=\"";
    append_number(out, cause.index);
    out += "\"/></D:error>";
    std::string sentence =
        cause.property ? "Not changed, because of " + cause.property->local : "Not done, because of " + href;
    ((sentence += ": ") += std::to_string(number(root.status)) + ' ') += root.name;
    append_description(out, sentence + ".");
}

void append_error_element(std::string& out, const Failure& failure, const BodyContext& context) {
    out += "<D:error xmlns:D=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\"";
    out += error_namespace;
    out += '>';
    append_precondition(out, failure, context);
    out += "<s:exception>";
    append_exception(out, failure.status());
    out += "</s:exception><s:message>";
    append_escaped_text(out, failure.sentence);
    out += "</s:message><e:detail";
    append_facts(out, failure, context);
    out += "/>";
    if (!failure.precondition() || !holds_hrefs(*failure.precondition())) {
        for (const auto& culprit : failure.culprits) {
            out += "<e:culprit>";
            append_href(out, culprit, false, context);
            out += "</e:culprit>";
        }
    }
    out += "</D:error>";
}

}  // namespace davit::xml

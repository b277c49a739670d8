#include "failure_writer.hpp"

#include <algorithm>

#include "davit/core/http_date.hpp"

namespace davit::xml {
namespace {

constexpr std::string_view error_namespace = " xmlns:e=\"urn:davit:error\"";

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    ((out += ' ') += name) += "=\"";
    append_escaped_attribute(out, value);
    out += '"';
}

bool holds_hrefs(Precondition precondition) {
    return precondition == Precondition::lock_token_submitted || precondition == Precondition::no_conflicting_lock ||
           precondition == Precondition::need_privileges;
}

/// RFC 3744, 7.1.1: the privileges that the user would have needed, and on which resource.
void append_privileges(std::string& out, const Failure& failure, const BodyContext& context) {
    for (const auto right : {Right::read, Right::write, Right::remove, Right::lock, Right::properties}) {
        if (!failure.facts.missing.has(right)) continue;
        out += "<D:resource>";
        append_href(out, failure.culprits.front(), failure.is_locked_collection(failure.culprits.front()), context);
        ((out += "<D:privilege><D:") += privilege(right)) += "/></D:privilege></D:resource>";
    }
}

/// RFC 4918, 16: the element that names the violated rule, with the hrefs it defines.
void append_precondition(std::string& out, const Failure& failure, const BodyContext& context) {
    const auto precondition = failure.precondition();
    if (!precondition) return;
    (out += "<D:") += local_name(*precondition);
    if (!holds_hrefs(*precondition) || failure.culprits.empty()) {
        out += "/>";
        return;
    }
    out += '>';
    if (*precondition == Precondition::need_privileges)
        append_privileges(out, failure, context);
    else
        for (const auto& culprit : failure.culprits)
            append_href(out, culprit, failure.is_locked_collection(culprit), context);
    ((out += "</D:") += local_name(*precondition)) += '>';
}

void append_attribute(std::string& out, std::string_view name, std::uint64_t value) {
    append_attribute(out, name, std::string_view(std::to_string(value)));
}

std::uint64_t count_of(std::chrono::seconds seconds) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds.count(), 0));
}

void append_lock(std::string& out, const HeldLock& lock, const BodyContext& context) {
    std::string href;
    context.href(href, lock.root, lock.root_is_collection);
    std::string expires;
    append_rfc3339(expires, lock.expires);
    out += "<e:lock";
    append_attribute(out, "href", href);
    append_attribute(out, "scope", name(lock.scope));
    if (!lock.owner.empty()) append_attribute(out, "owner", lock.owner);
    append_attribute(out, "expires", expires);
    append_attribute(out, "remaining", count_of(lock.remaining));
    out += "/>";
}

void append_also(std::string& out, const WouldFail& other) {
    const auto& [code, code_name, status, precondition, retryable] = kind(other.code);
    out += "<e:also";
    append_attribute(out, "property", other.property.local);
    append_attribute(out, "namespace", other.property.ns);
    append_attribute(out, "status", number(status));
    append_attribute(out, "code", code_name);
    append_attribute(out, "message", other.sentence);
    out += "/>";
}

/// The rest of e:detail or e:root-cause after its name: the facts that a program can act on.
void append_facts(std::string& out, std::string_view element, const Failure& failure, const BodyContext& context) {
    append_attribute(out, "code", name(failure.code));
    append_attribute(out, "retryable", std::string_view(failure.retryable() ? "true" : "false"));
    if (failure.retry_after) append_attribute(out, "retry-after", count_of(*failure.retry_after));
    append_attribute(out, "changed", name(failure.changed));
    append_attribute(out, "request-id", context.request_id);
    const auto& facts = failure.facts;
    if (!facts.room && facts.locks.empty() && facts.also.empty()) {
        out += "/>";
        return;
    }
    out += '>';
    if (facts.room) {
        out += "<e:room";
        append_attribute(out, "needed", facts.room->needed);
        append_attribute(out, "available", facts.room->available);
        out += "/>";
    }
    for (const auto& lock : facts.locks) append_lock(out, lock, context);
    for (const auto& other : facts.also) append_also(out, other);
    ((out += "</") += element) += '>';
}

void append_description(std::string& out, std::string_view sentence) {
    out += "<D:responsedescription>";
    append_escaped_text(out, sentence);
    out += "</D:responsedescription>";
}

}  // namespace

void append_failed_entry(std::string& out, const Failure& failure, const BodyContext& context) {
    append_status(out, failure.status());
    out += "<D:error>";
    append_precondition(out, failure, context);
    (out += "<e:root-cause") += error_namespace;
    append_facts(out, "e:root-cause", failure, context);
    out += "</D:error>";
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
    append_attribute(out, "status", number(root.status));
    append_attribute(out, "code", root.name);
    append_attribute(out, "index", cause.index);
    out += "/></D:error>";
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
    out += reason_word(failure.status());
    out += "</s:exception><s:message>";
    append_escaped_text(out, failure.sentence);
    out += "</s:message><e:detail";
    append_facts(out, "e:detail", failure, context);
    if (!failure.precondition() || !holds_hrefs(*failure.precondition())) {
        for (const auto& culprit : failure.culprits) {
            out += "<e:culprit>";
            append_href(out, culprit, failure.is_locked_collection(culprit), context);
            out += "</e:culprit>";
        }
    }
    out += "</D:error>";
}

}  // namespace davit::xml

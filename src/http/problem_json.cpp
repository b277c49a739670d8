#include "davit/http/problem_json.hpp"

#include <boost/json/array.hpp>

#include "davit/core/http_date.hpp"
#include "davit/core/utf8.hpp"
#include "davit/headers/negotiation.hpp"

namespace davit::http {
namespace {

std::string clark_or_plain(const PropertyName& name) {
    return name.ns.empty() ? name.local : "{" + name.ns + "}" + name.local;
}

std::string href_of(const xml::Href& href, const ResourcePath& path, bool collection = false) {
    std::string text;
    href(text, path, collection);
    return text;
}

boost::json::array locks_of(const FailureFacts& known, const xml::Href& href) {
    boost::json::array out;
    for (const auto& lock : known.locks) {
        std::string expires;
        append_rfc3339(expires, lock.expires);
        boost::json::object one{{"href", href_of(href, lock.root, lock.root_is_collection)},
                                {"scope", std::string(name(lock.scope))},
                                {"expires", expires},
                                {"remaining", lock.remaining.count()}};
        if (!lock.owner.empty()) one["owner"] = as_utf8(lock.owner);
        out.push_back(std::move(one));
    }
    return out;
}

boost::json::array also_of(const FailureFacts& known) {
    boost::json::array out;
    for (const auto& other : known.also)
        out.push_back(boost::json::object{{"property", as_utf8(clark_or_plain(other.property))},
                                          {"status", number(kind(other.code).status)},
                                          {"code", std::string(name(other.code))},
                                          {"detail", as_utf8(other.sentence)}});
    return out;
}

boost::json::object facts(const Failure& failure, const xml::Href& href) {
    boost::json::object out{{"status", number(failure.status())},
                            {"code", std::string(name(failure.code))},
                            {"detail", as_utf8(failure.sentence)},
                            {"retryable", failure.retryable()},
                            {"changed", std::string(name(failure.changed))}};
    if (failure.precondition()) out["precondition"] = std::string(local_name(*failure.precondition()));
    if (failure.retry_after) out["retry-after"] = failure.retry_after->count();
    if (!failure.culprits.empty()) {
        boost::json::array culprits;
        for (const auto& culprit : failure.culprits)
            culprits.emplace_back(href_of(href, culprit, failure.is_locked_collection(culprit)));
        out["culprits"] = std::move(culprits);
    }
    const auto& known = failure.facts;
    if (known.room) out["room"] = {{"needed", known.room->needed}, {"available", known.room->available}};
    if (!known.locks.empty()) out["locks"] = locks_of(known, href);
    if (!known.also.empty()) out["also"] = also_of(known);
    return out;
}

boost::json::object entry_facts(const EntryStatus& entry, const xml::Href& href) {
    if (const auto* failure = std::get_if<Failure>(&entry)) return facts(*failure, href);
    if (const auto* status = std::get_if<Status>(&entry)) return {{"status", number(*status)}};
    const auto& cause = std::get<Cause>(entry);
    boost::json::object of{{"href", href_of(href, cause.path, cause.collection)},
                           {"status", number(kind(cause.code).status)},
                           {"code", std::string(name(cause.code))},
                           {"index", cause.index}};
    if (cause.property) of["property"] = as_utf8(clark_or_plain(*cause.property));
    return {{"status", xml::failed_dependency_number()}, {"cause", std::move(of)}};
}

boost::json::array responses(const MultiStatus& body, const xml::Href& href) {
    boost::json::array out;
    for (const auto& response : body.responses()) {
        const auto where = href_of(href, response.path, response.collection);
        if (const auto* entry = std::get_if<EntryStatus>(&response.body)) {
            auto one = entry_facts(*entry, href);
            one["href"] = where;
            out.push_back(std::move(one));
            continue;
        }
        for (const auto& propstat : std::get<std::vector<PropStat>>(response.body)) {
            auto one = entry_facts(propstat.status, href);
            one["href"] = where;
            boost::json::array names;
            for (const auto& property : propstat.names) names.emplace_back(as_utf8(clark_or_plain(property)));
            one["properties"] = std::move(names);
            out.push_back(std::move(one));
        }
    }
    return out;
}

}  // namespace

bool prefers_json(std::string_view accept) {
    int json = 0;
    int markup = 0;
    while (!accept.empty()) {
        const auto [type, weight] = headers::next_weighted(accept);
        if (type == "application/problem+json" || type == "application/json") json = std::max(json, weight);
        if (type == "application/xml" || type == "text/xml") markup = std::max(markup, weight);
    }
    return json > markup;
}

boost::json::object problem(const FailureReport& report, std::string_view request_id, const xml::Href& href) {
    const auto& failure = report.refusal.failure;
    auto out = facts(failure, href);
    out["type"] = "urn:davit:problem:" + std::string(name(failure.code));
    out["title"] = std::string(reason_phrase(failure.status()));
    out["href"] = as_utf8(report.href);
    out["request-id"] = as_utf8(request_id);
    if (report.refusal.property) out["property"] = as_utf8(clark_or_plain(*report.refusal.property));
    out["dependents"] = report.refusal.dependents;
    if (report.refusal.body) out["responses"] = responses(*report.refusal.body, href);
    return out;
}

boost::json::object describe_rule(const DecidingRule& rule) {
    return {{"file", as_utf8(rule.file)},
            {"line", rule.line},
            {"path", as_utf8(rule.path)},
            {"at", as_utf8(rule.at)},
            {"right", std::string(name(rule.right))}};
}

}  // namespace davit::http

#include "davit/app/explain.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sstream>

#include "answer_head.hpp"
#include "davit/core/printable.hpp"
#include "davit/xml/failure_reader.hpp"
#include "davit/xml/writer.hpp"
#include "error_page.hpp"
#include "pasted.hpp"

namespace davit::app {
namespace {

constexpr unsigned multi_status_number = 207;

std::string clark(const PropertyName& name) {
    return name.ns.empty() ? name.local : "{" + name.ns + "}" + name.local;
}

ExplainedEntry to_entry(const xml::FailureEntry& read) {
    ExplainedEntry entry{read.href,     {},        read.status, read.code, read.sentence,
                         read.culprits, read.room, read.locks,  read.also};
    for (const auto& property : read.properties) entry.properties.push_back(clark(property));
    return entry;
}

/// The first real failure is the root cause. Davit's bodies say so; for other servers it is assumed.
Explanation from_entries(const std::vector<xml::FailureEntry>& entries) {
    Explanation explanation;
    bool said = false;
    for (const auto& read : entries) {
        if (read.status == xml::failed_dependency_number()) {
            explanation.dependents.push_back(to_entry(read));
            said |= !read.cause_href.empty();
        } else if (!explanation.cause) {
            explanation.cause = to_entry(read);
            explanation.retryable = read.retryable;
            explanation.changed = read.changed;
            explanation.request_id = read.request_id;
        } else {
            explanation.others.push_back(to_entry(read));
        }
    }
    explanation.inferred = explanation.cause && !explanation.dependents.empty() && !said;
    return explanation;
}

std::string text_at(const boost::json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

unsigned status_at(const boost::json::object& from) {
    const auto* value = from.if_contains("status");
    boost::json::error_code error;  // an invalid status would throw
    const auto status = value && value->is_number() ? value->to_number<unsigned>(error) : 0;
    return error ? 0 : status;
}

std::vector<std::string> texts_at(const boost::json::object& from, std::string_view key) {
    std::vector<std::string> texts;
    if (const auto* value = from.if_contains(key); value && value->is_array())
        for (const auto& each : value->get_array())
            if (each.is_string()) texts.emplace_back(each.get_string());
    return texts;
}

std::optional<std::uint64_t> count_at(const boost::json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    boost::json::error_code error;
    if (!value || !value->is_number()) return std::nullopt;
    const auto count = value->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(count);
}

std::optional<Room> room_of(const boost::json::object& from) {
    const auto* value = from.if_contains("room");
    if (!value || !value->is_object()) return std::nullopt;
    const auto& room = value->get_object();
    return Room{count_at(room, "needed").value_or(0), count_at(room, "available").value_or(0)};
}

std::vector<xml::FailureLock> locks_of(const boost::json::object& from) {
    std::vector<xml::FailureLock> locks;
    const auto* value = from.if_contains("locks");
    if (!value || !value->is_array()) return locks;
    for (const auto& each : value->get_array()) {
        if (!each.is_object()) continue;
        const auto& lock = each.get_object();
        locks.push_back({text_at(lock, "href"), text_at(lock, "scope"), text_at(lock, "owner"),
                         text_at(lock, "expires"), std::nullopt});
        if (const auto remaining = count_at(lock, "remaining"))
            locks.back().remaining = std::chrono::seconds(*remaining);
    }
    return locks;
}

/// "{DAV:}getetag", or a name without a namespace.
PropertyName name_of_clark(const std::string& text) {
    const auto end = text.find('}');
    if (!text.starts_with('{') || end == text.npos) return {"", text};
    return {text.substr(1, end - 1), text.substr(end + 1)};
}

std::vector<xml::FailureAlso> also_of(const boost::json::object& from) {
    std::vector<xml::FailureAlso> also;
    const auto* value = from.if_contains("also");
    if (!value || !value->is_array()) return also;
    for (const auto& each : value->get_array()) {
        if (!each.is_object()) continue;
        const auto& other = each.get_object();
        also.push_back({name_of_clark(text_at(other, "property")), status_at(other), text_at(other, "code"),
                        text_at(other, "detail")});
    }
    return also;
}

std::optional<ExplainedRule> rule_of(const boost::json::object& from) {
    const auto* value = from.if_contains("rule");
    if (!value || !value->is_object()) return std::nullopt;
    const auto& rule = value->get_object();
    return ExplainedRule{text_at(rule, "file"), text_at(rule, "path"), text_at(rule, "at"), text_at(rule, "right"),
                         count_at(rule, "line").value_or(0)};
}

/// The request, from the daemon's or the log's record.
std::string request_of(const boost::json::object& from) {
    auto text = text_at(from, "method");
    if (text.empty()) return text;
    text += " " + text_at(from, "path");
    if (const auto answered = count_at(from, "answered")) text += ", answered " + std::to_string(*answered);
    if (const auto user = text_at(from, "user"); !user.empty()) text += ", user " + user;
    if (const auto client = text_at(from, "client"); !client.empty()) text += ", from " + client;
    if (const auto time = text_at(from, "time"); !time.empty()) text += ", " + time;
    return text;
}

ExplainedEntry entry_of(const boost::json::object& from) {
    return {text_at(from, "href"),
            texts_at(from, "properties"),
            status_at(from),
            text_at(from, "code"),
            text_at(from, "detail"),
            texts_at(from, "culprits"),
            room_of(from),
            locks_of(from),
            also_of(from)};
}

std::expected<Explanation, std::string> explain_json(std::string_view body) {
    boost::json::error_code error;
    const auto value = boost::json::parse(body, error);
    if (error || !value.is_object()) return std::unexpected("This is no JSON object.");
    const auto& facts = value.get_object();
    Explanation explanation;
    explanation.cause = entry_of(facts);
    if (const auto property = text_at(facts, "property"); !property.empty()) explanation.cause->properties = {property};
    if (explanation.cause->status == 0) return std::unexpected("This JSON is no problem+json: it has no status.");
    if (const auto* retryable = facts.if_contains("retryable"); retryable && retryable->is_bool())
        explanation.retryable = retryable->get_bool();
    explanation.changed = text_at(facts, "changed");
    explanation.request_id = text_at(facts, "request-id");
    explanation.left_out = count_at(facts, "left-out").value_or(0);
    if (const auto* responses = facts.if_contains("responses"); responses && responses->is_array())
        for (const auto& each : responses->get_array())
            if (each.is_object() && status_at(each.get_object()) == xml::failed_dependency_number())
                explanation.dependents.push_back(entry_of(each.get_object()));
    explanation.rule = rule_of(facts);
    explanation.request = request_of(facts);
    // The log counts failures that it does not list.
    const bool listed = facts.contains("responses") || facts.contains("culprits");
    if (!listed && facts.contains("answered")) explanation.left_out += count_at(facts, "dependents").value_or(0);
    return explanation;
}

void make_printable(std::string& text) {
    text = printable(text);
}

/// Removes the line breaks and indentation of the body.
std::string on_one_line(const std::string& text) {
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;) (line += line.empty() ? "" : " ") += word;
    return line;
}

void make_printable(ExplainedEntry& entry) {
    entry.sentence = on_one_line(entry.sentence);
    for (auto* text : {&entry.href, &entry.code, &entry.sentence}) make_printable(*text);
    for (auto* texts : {&entry.properties, &entry.culprits})
        std::ranges::for_each(*texts, [](auto& text) { make_printable(text); });
    for (auto& lock : entry.locks)
        for (auto* text : {&lock.href, &lock.scope, &lock.owner, &lock.expires}) make_printable(*text);
    for (auto& other : entry.also)
        for (auto* text : {&other.property.ns, &other.property.local, &other.code, &other.sentence})
            make_printable(*text);
}

/// Text of other servers and their clients is shown on a terminal.
Explanation for_a_terminal(Explanation explanation) {
    if (explanation.cause) make_printable(*explanation.cause);
    for (auto* entries : {&explanation.others, &explanation.dependents})
        std::ranges::for_each(*entries, [](auto& entry) { make_printable(entry); });
    for (auto* text : {&explanation.changed, &explanation.request_id, &explanation.request}) make_printable(*text);
    if (auto& rule = explanation.rule)
        for (auto* text : {&rule->file, &rule->path, &rule->at, &rule->right}) make_printable(*text);
    return explanation;
}

std::string title(const ExplainedEntry& entry) {
    std::string text;
    for (const auto& property : entry.properties) text += (text.empty() ? "" : ", ") + property;
    if (!text.empty() && !entry.href.empty()) text += " of ";
    text += entry.href;
    return text.empty() ? "the request" : text;
}

std::string line(const ExplainedEntry& entry) {
    auto text = title(entry) + ": ";
    text += entry.status > 0 ? std::to_string(entry.status) : "failed";
    if (!entry.code.empty()) text += " " + entry.code;
    if (!entry.sentence.empty()) text += "\n    " + entry.sentence;
    for (const auto& culprit : entry.culprits) text += "\n    because of " + culprit;
    return text;
}

std::string line(const xml::FailureAlso& other) {
    auto text = clark(other.property) + ": " + std::to_string(other.status) + " " + other.code;
    if (!other.sentence.empty()) text += "\n    " + other.sentence;
    return text;
}

std::string line(const ExplainedRule& rule) {
    if (rule.path.empty())
        return "no rule names " + rule.at + " or a collection above it, so no user may do this there";
    return rule.file + ", line " + std::to_string(rule.line) + ": the rule for \"" + rule.path +
           "\" does not give the right \"" + rule.right + "\" on " + rule.at;
}

boost::json::object json_of(const xml::FailureAlso& other) {
    boost::json::object out{{"property", clark(other.property)}, {"status", other.status}, {"code", other.code}};
    if (!other.sentence.empty()) out["sentence"] = other.sentence;
    return out;
}

boost::json::object json_of(const ExplainedRule& rule) {
    return {{"file", rule.file}, {"line", rule.line}, {"path", rule.path}, {"at", rule.at}, {"right", rule.right}};
}

boost::json::object json_of(const xml::FailureLock& lock) {
    boost::json::object out{{"href", lock.href}};
    if (!lock.scope.empty()) out["scope"] = lock.scope;
    if (!lock.owner.empty()) out["owner"] = lock.owner;
    if (!lock.expires.empty()) out["expires"] = lock.expires;
    if (lock.remaining) out["remaining"] = lock.remaining->count();
    return out;
}

boost::json::object json_of(const ExplainedEntry& entry);

template <typename T>
boost::json::array json_of(const std::vector<T>& items) {
    boost::json::array out;
    for (const auto& item : items) out.push_back(json_of(item));
    return out;
}

boost::json::object json_of(const ExplainedEntry& entry) {
    boost::json::object out{{"href", entry.href}, {"status", entry.status}};
    if (!entry.code.empty()) out["code"] = entry.code;
    if (!entry.sentence.empty()) out["sentence"] = entry.sentence;
    if (!entry.properties.empty())
        out["properties"] = boost::json::array(entry.properties.begin(), entry.properties.end());
    if (!entry.culprits.empty()) out["culprits"] = boost::json::array(entry.culprits.begin(), entry.culprits.end());
    if (entry.room) out["room"] = {{"needed", entry.room->needed}, {"available", entry.room->available}};
    if (!entry.locks.empty()) out["locks"] = json_of(entry.locks);
    if (!entry.also.empty()) out["also"] = json_of(entry.also);
    return out;
}

/// True when the body begins like XML, in UTF-8 or UTF-16.
bool may_be_markup(std::string_view body) {
    if (body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff")) return true;
    if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != body.npos && body[first] == '<';
}

/// Describes a body that contains no failure in a known form.
std::string what_it_is(std::string_view body) {
    if (body.starts_with("HTTP/"))
        return "The first line is no status line of an answer: after the version stands a status from 100 to 599.";
    boost::json::error_code error;
    const auto value = boost::json::parse(body, error);
    if (!error) return "This is JSON, but no object such as problem+json: it names no failure.";
    return "This is neither the head of an answer, nor XML, nor JSON: it names no failure.";
}

std::expected<Explanation, std::string> explain_content(std::string_view body) {
    if (body.find_first_not_of(" \t\r\n") == body.npos) return Explanation();  // most successes have no body
    if (const auto first = body.find_first_not_of(" \t\r\n"); first != body.npos && body[first] == '{')
        return explain_json(body);
    if (const auto page = error_page(body)) return from_entries({*page});
    const auto entries = xml::parse_failure(body);
    if (entries) return from_entries(*entries);
    return std::unexpected(may_be_markup(body) ? entries.error().sentence : what_it_is(body));
}

/// 304 says that the client's copy is current.
bool has_done_it(unsigned status) {
    return (status >= 200 && status < 300) || status == 304;
}

/// The head's information about a failure whose body has none, such as the response to HEAD.
Explanation from_head(const AnswerHead& head) {
    Explanation explanation;
    explanation.request_id = head.request_id;
    if (has_done_it(head.status)) return explanation;
    explanation.only_head = true;
    auto& cause = explanation.cause.emplace();
    cause.status = head.status;
    cause.code = head.code;
    cause.sentence = head.reason;
    return explanation;
}

}  // namespace

std::expected<Explanation, std::string> explain_body(std::string_view given) {
    const auto answer = as_answer(given);
    std::string_view body = answer;
    const auto head = take_answer_head(body);
    if (!head) return explain_content(body);
    // The body of a success is the requested resource and need not be read.
    if (head->status < 400 && head->status != multi_status_number) return from_head(*head);
    auto explanation = explain_content(body);
    const bool nothing_said = explanation && !explanation->cause && explanation->dependents.empty();
    if (nothing_said || (!explanation && head->status >= 400)) return from_head(*head);
    if (!explanation) return explanation;
    if (explanation->cause && explanation->cause->status == 0) explanation->cause->status = head->status;
    if (explanation->request_id.empty()) explanation->request_id = head->request_id;
    return explanation;
}

std::string as_text(const Explanation& given) {
    const auto explanation = for_a_terminal(given);
    std::string out;
    if (!explanation.cause && explanation.dependents.empty()) return "Nothing failed.\n";
    if (explanation.cause) out += "Cause: " + line(*explanation.cause) + "\n";
    if (!explanation.cause) out += "Cause: not in this body\n";
    if (explanation.inferred)
        out +=
            "    (inferred: the body does not say what its other entries depend on; this is the first that really "
            "failed)\n";
    if (explanation.rule) out += "Rule: " + line(*explanation.rule) + "\n";
    if (explanation.cause)
        for (const auto& other : explanation.cause->also) out += "Would fail too: " + line(other) + "\n";
    for (const auto& other : explanation.others) out += "Failed too: " + line(other) + "\n";
    for (const auto& dependent : explanation.dependents) out += "  not done because of it: " + title(dependent) + "\n";
    if (explanation.left_out > 0)
        out += "  " + std::to_string(explanation.left_out) + " entries more are not kept; the answer had them.\n";
    if (explanation.retryable)
        out += std::string("Retry: ") + (*explanation.retryable ? "may help later\n" : "will not help\n");
    if (!explanation.changed.empty()) out += "Changed: " + explanation.changed + "\n";
    if (!explanation.request.empty()) out += "Request: " + explanation.request + "\n";
    if (!explanation.request_id.empty()) out += "Request id: " + explanation.request_id + "\n";
    return out + "What to do: " + advice(explanation) + "\n";
}

std::string as_json(const Explanation& explanation) {
    boost::json::object out;
    if (explanation.cause) out["cause"] = json_of(*explanation.cause);
    out["inferred"] = explanation.inferred;
    out["others"] = json_of(explanation.others);
    out["dependents"] = json_of(explanation.dependents);
    if (explanation.left_out > 0) out["left_out"] = explanation.left_out;
    if (explanation.retryable) out["retryable"] = *explanation.retryable;
    if (!explanation.changed.empty()) out["changed"] = explanation.changed;
    if (!explanation.request.empty()) out["request"] = explanation.request;
    if (explanation.rule) out["rule"] = json_of(*explanation.rule);
    if (!explanation.request_id.empty()) out["request_id"] = explanation.request_id;
    out["advice"] = advice(explanation);
    return boost::json::serialize(out) + "\n";
}

}  // namespace davit::app

#include "log_reader.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "control.hpp"
#include "davit/core/failure.hpp"
#include "davit/core/utf8.hpp"

namespace davit::app {
namespace {

using Object = boost::json::object;

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Words; quoted ones may contain blanks. No value of the log contains a quote.
std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(" \r\n", at)) != line.npos) {
        const auto begin = at;
        for (bool quoted = false; at < line.size() && (quoted || line[at] != ' '); ++at) quoted ^= line[at] == '"';
        words.push_back(line.substr(begin, at - begin));
    }
    return words;
}

/// Decodes the log's \x22 escapes.
std::string without_escapes(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = 0;
        const auto digits = text.substr(at).starts_with("\\x") ? text.substr(at + 2, 2) : std::string_view();
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() == 2 && error == std::errc() && end == digits.data() + 2) {
            out += static_cast<char>(byte);
            at += 3;
        } else {
            out += text[at];
        }
    }
    return as_utf8(out);
}

std::string unquoted(std::string_view word) {
    if (word.size() >= 2 && word.front() == '"' && word.back() == '"') word = word.substr(1, word.size() - 2);
    return without_escapes(word);
}

/// The value of `name=value`; "" when there is none.
std::string value_of(const std::vector<std::string_view>& words, std::string_view name) {
    for (const auto word : words)
        if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
            return unquoted(word.substr(name.size() + 1));
    return {};
}

/// "{DAV:}getetag protected-property, {DAV:}x protected-property, and 3 more"
boost::json::array also_in_log(std::string_view text) {
    boost::json::array all;
    while (!text.empty()) {
        const auto comma = text.find(", ");
        const auto item = text.substr(0, comma);
        text = comma == text.npos ? std::string_view() : text.substr(comma + 2);
        const auto blank = item.rfind(' ');
        const auto code = blank == item.npos ? std::nullopt : failure_code(item.substr(blank + 1));
        if (code)
            all.push_back(Object{
                {"property", item.substr(0, blank)}, {"code", name(*code)}, {"status", number(kind(*code).status)}});
    }
    return all;
}

void add_rule(const std::vector<std::string_view>& words, Object& into) {
    const auto place = value_of(words, "rule");
    if (place.empty()) return;
    const auto colon = place.rfind(':');
    const auto line =
        colon == place.npos ? std::nullopt : whole_number<unsigned>(std::string_view(place).substr(colon + 1));
    into["rule"] = Object{{"file", line ? place.substr(0, colon) : ""},
                          {"line", line.value_or(0)},
                          {"path", value_of(words, "rule.path")},
                          {"at", value_of(words, "rule.at")},
                          {"right", value_of(words, "rule.right")}};
}

void add_kind(std::string_view code, Object& into) {
    into["code"] = code;
    if (const auto known = failure_code(code)) into["retryable"] = kind(*known).retryable == Retryable::yes;
}

std::optional<Object> from_text(std::string_view line) {
    const auto words = words_of(line);
    const auto out = std::ranges::find_if(words, [](auto word) { return word.starts_with("out="); });
    const auto code = value_of(words, "first_failure.code");
    if (out == words.end() || out - words.begin() < 4 || code.empty()) return std::nullopt;
    Object failure{{"request-id", unquoted(out[-4])},
                   {"method", unquoted(out[-3])},
                   {"path", unquoted(out[-2])},
                   {"answered", whole_number<unsigned>(out[-1]).value_or(0)},
                   {"time", parse_time(words.front()) ? words.front() : std::string_view()},
                   {"user", value_of(words, "user")},
                   {"client", value_of(words, "client")},
                   {"href", value_of(words, "first_failure.href")},
                   {"status", whole_number<unsigned>(value_of(words, "first_failure.status")).value_or(0)},
                   {"detail", value_of(words, "why")},
                   {"dependents", whole_number<std::uint64_t>(value_of(words, "dependents")).value_or(0)}};
    add_kind(code, failure);
    if (auto destination = value_of(words, "destination"); !destination.empty()) failure["destination"] = destination;
    if (auto property = value_of(words, "first_failure.property"); !property.empty()) failure["property"] = property;
    if (auto also = also_in_log(value_of(words, "also")); !also.empty()) failure["also"] = std::move(also);
    add_rule(words, failure);
    return failure;
}

std::optional<Object> from_json(std::string_view line) {
    boost::json::error_code error;
    const auto value = boost::json::parse(line, error);
    const auto* record = error ? nullptr : value.if_object();
    const auto* first = record ? record->if_contains("first_failure") : nullptr;
    if (!first || !first->is_object()) return std::nullopt;
    const auto& cause = first->get_object();
    const auto same = [](const Object& from, std::string_view key) {
        const auto* found = from.if_contains(key);
        return found ? *found : boost::json::value();
    };
    Object failure{{"request-id", text_at(*record, "request_id")},
                   {"method", text_at(*record, "method")},
                   {"path", without_escapes(text_at(*record, "path"))},
                   {"answered", same(*record, "status")},
                   {"time", text_at(*record, "time")},
                   {"user", without_escapes(text_at(*record, "user"))},
                   {"client", text_at(*record, "client")},
                   {"href", without_escapes(text_at(cause, "href"))},
                   {"status", same(cause, "status")},
                   {"detail", without_escapes(text_at(cause, "sentence"))},
                   {"dependents", same(*record, "dependents")}};
    add_kind(text_at(cause, "code"), failure);
    if (auto destination = without_escapes(text_at(*record, "destination")); !destination.empty())
        failure["destination"] = destination;
    if (auto property = without_escapes(text_at(cause, "property")); !property.empty()) failure["property"] = property;
    if (auto also = also_in_log(without_escapes(text_at(cause, "also"))); !also.empty())
        failure["also"] = std::move(also);
    if (const auto* rule = cause.if_contains("rule")) failure["rule"] = *rule;
    return failure;
}

}  // namespace

std::optional<Object> failure_of_log_line(std::string_view line) {
    if (!line.contains("first_failure")) return std::nullopt;
    const auto brace = line.find('{');
    const bool json = brace != line.npos && line.find("\"first_failure\"") != line.npos;
    return json ? from_json(line.substr(brace)) : from_text(line);
}

std::expected<void, std::string> each_logged_failure(const std::string& file, const std::function<void(Object)>& take) {
    std::ifstream opened;
    if (file != "-") {
        std::error_code error;
        if (std::filesystem::is_directory(file, error)) return std::unexpected("it is a directory, not a log file");
        opened.open(file);
        if (!opened) return std::unexpected("it cannot be read");
    }
    std::istream& in = file == "-" ? std::cin : opened;
    for (std::string line; std::getline(in, line);)
        if (auto failure = failure_of_log_line(line)) take(std::move(*failure));
    return {};
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
    using namespace std::chrono;
    const auto part = [&](std::size_t at, std::size_t size) {
        return text.size() >= at + size ? whole_number<int>(text.substr(at, size)) : std::nullopt;
    };
    const auto year_part = part(0, 4);
    const auto month_part = part(5, 2);
    const auto day_part = part(8, 2);
    if (!year_part || !month_part || !day_part || text[4] != '-' || text[7] != '-') return std::nullopt;
    const year_month_day date{year(*year_part), month(static_cast<unsigned>(*month_part)),
                              day(static_cast<unsigned>(*day_part))};
    if (!date.ok() || *month_part < 1 || *day_part < 1) return std::nullopt;
    if (text.size() == 10) return sys_days(date);
    const auto hour_part = part(11, 2);
    const auto minute_part = part(14, 2);
    if (!hour_part || !minute_part || (text[10] != 'T' && text[10] != ' ') || text[13] != ':') return std::nullopt;
    const bool has_seconds = text.size() > 16 && text[16] == ':';
    const auto second_part = has_seconds ? part(17, 2) : std::optional(0);
    if (!second_part || *hour_part > 23 || *minute_part > 59 || *second_part > 60) return std::nullopt;
    return sys_days(date) + hours(*hour_part) + minutes(*minute_part) + seconds(*second_part);
}

}  // namespace davit::app

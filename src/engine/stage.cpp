// The changes that PROPPATCH allows: any for dead properties, their own rules for live ones.
#include <algorithm>
#include <charconv>

#include "davit/core/http_date.hpp"
#include "davit/engine/live_properties.hpp"

namespace davit::engine {
namespace {

using enum LiveProperty;
using MaybeFailure = std::optional<Failure>;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// A list of language tags (RFC 9110, 8.5): letters, digits and hyphens.
bool is_language(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == ',' ||
               c == ' ';
    });
}

/// Windows sends eight hexadecimal digits ([MS-WDVME], 2.2.10.5).
bool is_attributes(std::string_view text) {
    return text.size() == 8 && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

MaybeFailure invalid(const LivePropertyRow& row, std::string_view expected) {
    return Failure{FailureCode::invalid_property_value,
                   "The value does not fit " + std::string(row.local) + ", which takes " + std::string(expected) + ".",
                   {}};
}

MaybeFailure is_protected(std::string_view local) {
    return Failure{FailureCode::protected_property, std::string(local) + " is protected: the server computes it.", {}};
}

MaybeFailure too_large(const SetProperty& set, const Policy& policy) {
    return Failure{FailureCode::property_too_large,
                   "The value of " + set.property.name.local + " is larger than the " +
                       std::to_string(policy.max_property_bytes) +
                       " bytes that one property may have (limits.property_value_bytes).",
                   {}};
}

/// Unix seconds, as rclone and ownCloud's clients send them.
std::optional<std::chrono::sys_seconds> unix_time(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(value));
}

MaybeFailure stage_time(const LivePropertyRow& row, std::string_view text, StagedChange& change) {
    auto time = parse_http_date(text);
    if (!time && row.property == lastmodified) time = unix_time(text);
    if (!time) return invalid(row, row.property == lastmodified ? "seconds since 1970" : "an HTTP date");
    if (!store::is_file_time(*time)) return invalid(row, "times from 1678 to 2261");
    change.modified = time;
    return std::nullopt;
}

MaybeFailure stage_executable(const LivePropertyRow& row, std::string_view text, bool collection,
                              StagedChange& change) {
    if (collection || (text != "T" && text != "F")) return invalid(row, "T or F, on files");
    change.executable = text == "T";
    return std::nullopt;
}

/// Checks the text of a live property that is stored like a dead one.
MaybeFailure check_stored(const LivePropertyRow& row, std::string_view text) {
    switch (row.property) {
        case getcontenttype:
            return is_media_type(text) ? std::nullopt : invalid(row, "a media type such as text/plain");
        case getcontentlanguage:
            return is_language(text) ? std::nullopt : invalid(row, "language tags such as en");
        case win32_creation_time:
        case win32_last_access_time:
            return parse_http_date(text) ? std::nullopt : invalid(row, "an HTTP date");
        case win32_file_attributes:
            return is_attributes(text) ? std::nullopt : invalid(row, "eight hexadecimal digits");
        default:
            return std::nullopt;
    }
}

MaybeFailure stage_set(const SetProperty& set, const LivePropertyRow& row, const Policy& policy,
                       const store::ResourceInfo& info, StagedChange& change) {
    const auto text = trimmed(set.text);
    if (row.property == getlastmodified && policy.settable_getlastmodified && !set.has_elements)
        return stage_time(row, text, change);
    if (!row.settable) return is_protected(row.local);
    if (set.oversized) return too_large(set, policy);
    if (set.has_elements) return invalid(row, "text, not elements");
    if (row.property == executable) return stage_executable(row, text, info.collection, change);
    if (!row.stored) return stage_time(row, text, change);
    if (auto failure = check_stored(row, text)) return failure;
    change.properties.set(set.property);
    return std::nullopt;
}

}  // namespace

MaybeFailure stage(const PropertyInstruction& instruction, const Policy& policy, const store::ResourceInfo& info,
                   StagedChange& change) {
    const auto& name = subject(instruction);
    const auto* row = find_live(name);
    if (const auto* set = std::get_if<SetProperty>(&instruction)) {
        if (row) return stage_set(*set, *row, policy, info, change);
        if (set->oversized) return too_large(*set, policy);
        change.properties.set(set->property);
        return std::nullopt;
    }
    if (row && !row->verbatim()) return is_protected(row->local);
    change.properties.remove(name);
    return std::nullopt;
}

}  // namespace davit::engine

#pragma once
// The status codes that Davit sends (RFC 9110, 15; RFC 4918, 11).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace davit {

/// A status that some code *decides*. Failed Dependency is missing on purpose: it follows from another failure, so only
/// `plan::execute` makes one and only the multistatus writer prints its number.
enum class Status : std::uint16_t {
    continue_ = 100,
    ok = 200,
    created = 201,
    no_content = 204,
    partial_content = 206,
    multi_status = 207,
    not_modified = 304,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    not_acceptable = 406,
    request_timeout = 408,
    conflict = 409,
    length_required = 411,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    misdirected_request = 421,
    unprocessable_content = 422,
    locked = 423,
    too_many_requests = 429,
    header_fields_too_large = 431,
    internal_server_error = 500,
    not_implemented = 501,
    bad_gateway = 502,
    service_unavailable = 503,
    http_version_not_supported = 505,
    insufficient_storage = 507,
};

constexpr unsigned number(Status status) {
    return static_cast<unsigned>(status);
}
constexpr bool is_success(Status status) {
    return number(status) >= 200 && number(status) < 300;
}
constexpr bool is_error(Status status) {
    return number(status) >= 400;
}

/// The reason phrase of RFC 9110, 15 or RFC 4918, 11. Never empty.
std::string_view reason_phrase(Status status);
/// The reason phrase as one word, "InsufficientStorage": bodies name exceptions in this form.
std::string reason_word(Status status);
/// Finds the error status with this reason phrase, ignoring blanks and hyphens ("Not Found", "NotFound"). Returns
/// nothing for other text.
std::optional<Status> error_of_reason(std::string_view text);

}  // namespace davit

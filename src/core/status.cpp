#include "davit/core/status.hpp"

namespace davit {
namespace {

std::string word(std::string_view phrase) {
    std::string out;
    for (const char c : phrase)
        if (c != ' ' && c != '-') out += c;
    return out;
}

}  // namespace

std::string_view reason_phrase(Status status) {
    switch (status) {
        case Status::continue_:
            return "Continue";
        case Status::ok:
            return "OK";
        case Status::created:
            return "Created";
        case Status::no_content:
            return "No Content";
        case Status::partial_content:
            return "Partial Content";
        case Status::multi_status:
            return "Multi-Status";
        case Status::not_modified:
            return "Not Modified";
        case Status::bad_request:
            return "Bad Request";
        case Status::unauthorized:
            return "Unauthorized";
        case Status::forbidden:
            return "Forbidden";
        case Status::not_found:
            return "Not Found";
        case Status::method_not_allowed:
            return "Method Not Allowed";
        case Status::not_acceptable:
            return "Not Acceptable";
        case Status::request_timeout:
            return "Request Timeout";
        case Status::conflict:
            return "Conflict";
        case Status::length_required:
            return "Length Required";
        case Status::precondition_failed:
            return "Precondition Failed";
        case Status::content_too_large:
            return "Content Too Large";
        case Status::uri_too_long:
            return "URI Too Long";
        case Status::unsupported_media_type:
            return "Unsupported Media Type";
        case Status::range_not_satisfiable:
            return "Range Not Satisfiable";
        case Status::expectation_failed:
            return "Expectation Failed";
        case Status::misdirected_request:
            return "Misdirected Request";
        case Status::unprocessable_content:
            return "Unprocessable Content";
        case Status::locked:
            return "Locked";
        case Status::too_many_requests:
            return "Too Many Requests";
        case Status::header_fields_too_large:
            return "Request Header Fields Too Large";
        case Status::internal_server_error:
            return "Internal Server Error";
        case Status::not_implemented:
            return "Not Implemented";
        case Status::bad_gateway:
            return "Bad Gateway";
        case Status::service_unavailable:
            return "Service Unavailable";
        case Status::http_version_not_supported:
            return "HTTP Version Not Supported";
        case Status::insufficient_storage:
            return "Insufficient Storage";
    }
    return "Unknown";
}

std::string reason_word(Status status) {
    return word(reason_phrase(status));
}

std::optional<Status> error_of_reason(std::string_view text) {
    constexpr std::uint16_t first = number(Status::bad_request);
    constexpr std::uint16_t last = number(Status::insufficient_storage);
    const auto wanted = word(text);
    for (std::uint16_t code = first; code <= last; ++code)
        if (const auto status = static_cast<Status>(code); reason_word(status) == wanted && wanted != "Unknown")
            return status;
    return std::nullopt;
}

}  // namespace davit

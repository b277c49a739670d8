#pragma once
// What a trace or a log line must not show of a request: whoever reads one must not be able to act for its user.
#include <string>
#include <string_view>

namespace davit::http {

inline constexpr std::string_view removed_text = "(removed)";

/// Whether the value of this header field may be shown: those of HTTP, of WebDAV and of known clients. Tokens travel in
/// fields of any name, so a field that is not known is shown by its name alone.
bool is_shown_field(std::string_view lower_name);

/// One URL or path, without user information and without the values of its query.
std::string without_secrets_of_url(std::string_view url);

/// The same of all URLs that stand in a text, such as an If header.
std::string without_secrets_of_urls(std::string_view text);

/// User information alone, of all URLs in a text.
std::string without_users(std::string_view text);

/// The href of a failure: a target that begins with "//" is a path, and may have been meant as a URL with a password.
std::string logged_href(std::string_view href, std::string_view target);

/// The target itself when it can hold no secret, as nearly all; otherwise `buffer`, with the rest of it.
std::string_view logged_target(std::string_view target, std::string& buffer);

}  // namespace davit::http

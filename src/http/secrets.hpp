#pragma once
// Removes secrets from traces and log lines: a reader must not be able to act as the request's user.
#include <string>
#include <string_view>

namespace davit::http {

inline constexpr std::string_view removed_text = "(removed)";

/// True when the value of this header field may be shown: fields of HTTP, of WebDAV and of known clients. Any other
/// field may contain a token, so only its name is shown.
bool is_shown_field(std::string_view lower_name);

/// One URL or path, without user information and without the values of its query.
std::string without_secrets_of_url(std::string_view url);

/// The same for all URLs in a text, such as an If header.
std::string without_secrets_of_urls(std::string_view text);

/// Removes only the user information, from all URLs in a text.
std::string without_users(std::string_view text);

/// The href of a failure: a target that begins with "//" is a path, but its sender may have meant a URL with a
/// password.
std::string logged_href(std::string_view href, std::string_view target);

/// Returns the target itself when it can contain no secret, as nearly all; otherwise writes the harmless parts to
/// `buffer`.
std::string_view logged_target(std::string_view target, std::string& buffer);

}  // namespace davit::http

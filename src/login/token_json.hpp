#pragma once
// Reads JSON from a client within limits.
#include <boost/json.hpp>
#include <optional>
#include <string_view>

namespace davit::login {

/// Returns nothing when `text` is not a JSON object, or is nested deeper than `deepest_token_json`.
std::optional<boost::json::object> parse_json_object(std::string_view text);
/// The member's text; "" when the member is missing or is not a text.
std::string_view text_at(const boost::json::object& object, std::string_view name);

}  // namespace davit::login

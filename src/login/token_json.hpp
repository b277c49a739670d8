#pragma once
// JSON that a client sends, within bounds.
#include <boost/json.hpp>
#include <optional>
#include <string_view>

namespace davit::login {

/// Nothing when `text` is no JSON object, or one that is deeper than `deepest_token_json`.
std::optional<boost::json::object> parse_json_object(std::string_view text);
/// The member's text; "" when there is no such member or it is no text.
std::string_view text_at(const boost::json::object& object, std::string_view name);

}  // namespace davit::login

#include "token_json.hpp"

#include "davit/login/signed_token.hpp"

namespace davit::login {

std::optional<boost::json::object> parse_json_object(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = deepest_token_json;
    boost::system::error_code error;
    auto parsed = boost::json::parse({text.data(), text.size()}, error, {}, options);
    if (error || !parsed.is_object()) return std::nullopt;
    return std::move(parsed.get_object());
}

std::string_view text_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace davit::login

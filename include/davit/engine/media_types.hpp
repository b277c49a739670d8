#pragma once
// Media types by the extension of a name.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "davit/core/resource_path.hpp"

namespace davit::engine {

struct Policy;

/// Media types that override the built-in table. Immutable; requests share it.
class MediaTypes {
public:
    /// Types by extension, without the dot, in any case. `configured` overrides `system`.
    MediaTypes(const std::map<std::string, std::string>& system, const std::map<std::string, std::string>& configured);
    /// The type of an extension in lower case; "" when there is none.
    std::string_view find(std::string_view extension) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> by_extension_;
};

/// The type of the name's extension; "application/octet-stream" when it is unknown. GET sends it unless getcontenttype
/// is stored.
std::string_view media_type(const Policy& policy, const ResourcePath& path);

/// Whether `text` is type "/" subtype with any parameters (RFC 9110, 8.3.1). It becomes a header field, so unprintable
/// bytes are refused.
bool is_media_type(std::string_view text);

/// Whether the type is one of text without a charset: "; charset=utf-8" is added when the text begins as UTF-8.
bool may_need_charset(std::string_view media_type);
inline constexpr std::string_view utf8_parameter = "; charset=utf-8";

}  // namespace davit::engine

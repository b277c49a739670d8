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

/// What goes before the built-in table. Immutable; requests share it.
class MediaTypes {
public:
    /// By extension, without the dot, in any case. `configured` goes before `system`.
    MediaTypes(const std::map<std::string, std::string>& system, const std::map<std::string, std::string>& configured);
    /// Of an extension in lower case; "" when there is none.
    std::string_view find(std::string_view extension) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> by_extension_;
};

/// By the name's extension; "application/octet-stream" when unknown. What GET sends unless getcontenttype is stored.
std::string_view media_type(const Policy& policy, const ResourcePath& path);

/// type "/" subtype and whatever parameters (RFC 9110, 8.3.1); it becomes a header field, so nothing unprintable.
bool is_media_type(std::string_view text);

/// A text whose type says nothing of its characters: "; charset=utf-8" is added when the text begins as UTF-8.
bool may_need_charset(std::string_view media_type);
inline constexpr std::string_view utf8_parameter = "; charset=utf-8";

}  // namespace davit::engine

#include "davit/engine/get.hpp"

#include "davit/engine/live_properties.hpp"
#include "present.hpp"

namespace davit::engine {

Answer<GetOutcome> get(const Services& services, const Target& target, store::Waiting waiting) {
    if (const auto held = check_if(services, target); !held) return std::unexpected(held.error());
    ask(services, Gate::existence);
    GetOutcome outcome;
    auto content = services.resources.open(target.path, waiting);
    if (content) {
        outcome.info = (*content)->info();
        outcome.content = std::move(*content);
    } else if (content.error().code == FailureCode::is_a_collection) {
        const auto info = services.resources.stat(target.path, waiting);
        if (!info) return std::unexpected(info.error());
        outcome.info = *info;
    } else {
        return std::unexpected(std::move(content.error()));
    }
    if (auto right = check_slash(target, outcome.info); !right) return std::unexpected(std::move(right.error()));
    ask(services, Gate::conditions);
    const auto result = check_representation(target, outcome.info, true);
    if (!result) return std::unexpected(result.error());
    outcome.not_modified = *result == ConditionResult::not_modified;
    return outcome;
}

std::string field_text(const Property& property) {
    const auto begin = property.xml.find('>');
    const auto end = property.xml.rfind("</");
    if (begin == std::string::npos || end == std::string::npos || begin + 1 > end) return {};
    auto text = property.xml.substr(begin + 1, end - begin - 1);
    std::erase_if(text, [](unsigned char c) { return c < 0x20 || c >= 0x7F; });
    return text.find_first_of("<&") == std::string::npos ? text : std::string();
}

Result<std::string> media_type_of(const Services& services, const ResourcePath& shown,
                                  const Result<PropertySet>& stored, const store::Content& content,
                                  store::Waiting waiting) {
    if (stored && !stored->empty()) {
        const PropertyName name{std::string(dav_namespace), "getcontenttype"};
        if (const auto* set = stored_value(*stored, name, find_live(name))) return field_text(*set);
    }
    std::string type(media_type(services.policy, shown));
    if (!may_need_charset(type)) return type;
    const auto utf8 = content.begins_as_utf8(waiting);
    if (!utf8 && utf8.error().code == FailureCode::would_block) return std::unexpected(utf8.error());
    return utf8.value_or(false) ? type.append(utf8_parameter) : type;
}

}  // namespace davit::engine

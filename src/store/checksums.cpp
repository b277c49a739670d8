#include "davit/store/checksums.hpp"

#include <algorithm>

namespace davit::store {
namespace {

constexpr std::string_view opening = "<x:checksums xmlns:x=\"http://owncloud.org/ns\" of=";
constexpr std::string_view closing = "</x:checksums>";

}  // namespace

const PropertyName& checksums_name() {
    static const PropertyName name{std::string(owncloud_namespace), "checksums"};
    return name;
}

void set_checksums(PropertySet& set, const std::vector<Digest>& checksums, const ResourceInfo& content) {
    std::string xml(opening);
    append_entity_tag(xml, content);
    xml += '>';
    for (const auto& checksum : checksums) {
        if (!xml.ends_with('>')) xml += ' ';
        xml += checksum_text(checksum);
    }
    xml += closing;
    set.set({checksums_name(), std::move(xml)});
}

std::vector<Digest> checksums_of(const PropertySet& set, const ResourceInfo& content) {
    const auto* property = set.empty() ? nullptr : set.find(checksums_name());
    if (!property) return {};
    std::string head(opening);
    append_entity_tag(head, content);
    head += '>';
    std::string_view text = property->xml;
    if (!text.starts_with(head) || !text.ends_with(closing)) return {};
    text = text.substr(head.size(), text.size() - head.size() - closing.size());
    std::vector<Digest> checksums;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (auto checksum = parse_checksum(word)) checksums.push_back(std::move(*checksum));
    }
    return checksums;
}

void rebind_checksums(PropertySet& set, const ResourceInfo& before, const ResourceInfo& now) {
    const auto checksums = checksums_of(set, before);
    if (checksums.empty()) {
        set.remove(checksums_name());
    } else {
        set_checksums(set, checksums, now);
    }
}

}  // namespace davit::store

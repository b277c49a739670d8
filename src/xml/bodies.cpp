#include "davit/xml/bodies.hpp"

#include <algorithm>

#include "document.hpp"

namespace davit::xml {
namespace {

std::unexpected<Failure> bad(std::string sentence) {
    return fail(FailureCode::bad_xml, std::move(sentence));
}

Result<Document> read(std::string_view body, const Limits& limits, std::string_view root) {
    auto document = Document::read(body, limits);
    if (document && !is_dav(document->root(), root))
        return fail(FailureCode::unprocessable, "The root element must be DAV:" + std::string(root) + ".");
    return document;
}

template <typename Visit>
void each_element(pugi::xml_node parent, Visit visit) {
    for (const auto child : parent.children())
        if (child.type() == pugi::node_element) visit(child);
}

Result<void> append_names(std::vector<PropertyName>& names, pugi::xml_node prop, const Limits& limits) {
    each_element(prop, [&](pugi::xml_node element) {
        if (names.size() <= limits.names) names.push_back(expanded_name(element));
    });
    if (names.size() > limits.names)
        return bad("More than " + std::to_string(limits.names) + " properties are asked for.");
    return {};
}

/// Keeps the first of each name; order stays.
void drop_repeats(std::vector<PropertyName>& names) {
    std::vector<PropertyName> seen;
    std::erase_if(names, [&](const PropertyName& name) {
        const auto at = std::ranges::lower_bound(seen, name);
        if (at != seen.end() && *at == name) return true;
        seen.insert(at, name);
        return false;
    });
}

SetProperty set_instruction(pugi::xml_node element) {
    SetProperty set{{expanded_name(element), self_contained(element)}, {}};
    for (const auto child : element.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) set.text += child.value();
        if (child.type() == pugi::node_element) set.has_elements = true;
        if (is_dav(child, "collection")) set.names_collection = true;
    }
    return set;
}

Result<void> append_instructions(PropertyUpdate& update, pugi::xml_node instruction, const Limits& limits) {
    const bool set = is_dav(instruction, "set");
    bool prop_seen = false;
    each_element(instruction, [&](pugi::xml_node prop) {
        if (!is_dav(prop, "prop")) return;
        prop_seen = true;
        each_element(prop, [&](pugi::xml_node element) {
            if (update.size() > limits.names) return;
            if (set) {
                update.emplace_back(set_instruction(element));
            } else {
                update.emplace_back(RemoveProperty{expanded_name(element)});
            }
        });
    });
    if (!prop_seen) return bad("DAV:set and DAV:remove must hold DAV:prop.");
    if (update.size() > limits.names)
        return bad("More than " + std::to_string(limits.names) + " properties are changed at once.");
    return {};
}

/// The one DAV: element inside `parent`, such as exclusive in lockscope.
std::string choice(pugi::xml_node parent) {
    std::string found;
    each_element(parent, [&](pugi::xml_node element) {
        const auto name = expanded_name(element);
        if (found.empty() && name.ns == dav_namespace) found = name.local;
    });
    return found;
}

}  // namespace

Result<PropfindBody> parse_propfind(std::string_view body, const Limits& limits) {
    PropfindBody asked;
    if (body.empty()) return asked;
    const auto document = read(body, limits, "propfind");
    if (!document) return std::unexpected(document.error());
    int kinds = 0;
    bool include = false;
    Result<void> taken;
    each_element(document->root(), [&](pugi::xml_node element) {
        const auto kind = [&](PropfindKind of) {
            asked.kind = of;
            ++kinds;
        };
        if (is_dav(element, "allprop")) kind(PropfindKind::allprop);
        if (is_dav(element, "propname")) kind(PropfindKind::propname);
        if (is_dav(element, "include")) include = true;
        if (is_dav(element, "prop")) kind(PropfindKind::prop);
        if (taken && (is_dav(element, "prop") || is_dav(element, "include")))
            taken = append_names(asked.names, element, limits);
    });
    if (!taken) return std::unexpected(taken.error());
    if (kinds != 1) return bad("DAV:propfind must hold exactly one of DAV:prop, DAV:allprop and DAV:propname.");
    if (include && asked.kind != PropfindKind::allprop) return bad("DAV:include goes with DAV:allprop only.");
    drop_repeats(asked.names);
    return asked;
}

Result<PropertyUpdate> parse_propertyupdate(std::string_view body, const Limits& limits) {
    const auto document = read(body, limits, "propertyupdate");
    if (!document) return std::unexpected(document.error());
    PropertyUpdate update;
    Result<void> taken;
    each_element(document->root(), [&](pugi::xml_node element) {
        if (taken && (is_dav(element, "set") || is_dav(element, "remove")))
            taken = append_instructions(update, element, limits);
    });
    if (!taken) return std::unexpected(taken.error());
    if (update.empty()) return bad("DAV:propertyupdate names no property to set or remove.");
    return update;
}

Result<LockInfo> parse_lockinfo(std::string_view body, const Limits& limits) {
    const auto document = read(body, limits, "lockinfo");
    if (!document) return std::unexpected(document.error());
    const auto root = document->root();
    const auto scopes = dav_child(root, "lockscope");
    if (dav_child(scopes, "exclusive") && dav_child(scopes, "shared"))
        return bad("DAV:lockscope must hold either DAV:exclusive or DAV:shared.");
    const auto scope = choice(scopes);
    const auto type = choice(dav_child(root, "locktype"));
    if (scope.empty() || type.empty()) return bad("DAV:lockinfo must hold DAV:lockscope and DAV:locktype.");
    if (type != "write") return fail(FailureCode::unprocessable, "Only write locks exist here.");
    if (scope != "exclusive" && scope != "shared")
        return fail(FailureCode::unprocessable, "A lock's scope is exclusive or shared.");
    LockInfo info{scope == "exclusive" ? LockScope::exclusive : LockScope::shared, {}};
    if (const auto owner = dav_child(root, "owner")) info.owner_xml = self_contained(owner);
    return info;
}

Result<PropertyUpdate> parse_mkcol(std::string_view body, const Limits& limits) {
    const auto document = Document::read(body, limits);
    if (!document) return std::unexpected(document.error());
    if (!is_dav(document->root(), "mkcol"))
        return fail(FailureCode::unsupported_media, "MKCOL understands only a DAV:mkcol body (RFC 5689).");
    PropertyUpdate update;
    Result<void> taken;
    each_element(document->root(), [&](pugi::xml_node element) {
        if (taken && is_dav(element, "set")) taken = append_instructions(update, element, limits);
    });
    if (!taken) return std::unexpected(taken.error());
    return update;
}

}  // namespace davit::xml

#include "davit/http/property_answer.hpp"

#include <algorithm>

#include "davit/store/checksums.hpp"

namespace davit::http {
namespace {

bool defined(const LiveValue& value) {
    return !std::holds_alternative<Absent>(value);
}

/// The server's own form of a live property is for nobody's eyes.
bool shown(const Property& property) {
    return property.name != store::checksums_name();
}

}  // namespace

PropertyAnswer::PropertyAnswer(const engine::Services& services, const PropfindBody& asked, bool minimal)
    : services_(services), kind_(asked.kind), minimal_(minimal) {
    if (kind_ == PropfindKind::allprop) {
        for (const auto& row : engine::live_properties())
            if (row.in_allprop) wanted_.push_back({{std::string(row.ns), std::string(row.local)}, &row});
    }
    for (const auto& name : asked.names)
        if (!is_wanted(name)) wanted_.push_back({name, engine::find_live(name)});
    wants_stored_ = kind_ != PropfindKind::prop ||
                    std::ranges::any_of(wanted_, [](const Wanted& w) { return !w.live || w.live->stored; });
}

bool PropertyAnswer::is_wanted(const PropertyName& name) const {
    return std::ranges::find(wanted_, name, &Wanted::name) != wanted_.end();
}

bool PropertyAnswer::append_wanted(std::string& out, const Wanted& wanted, const engine::Member& member,
                                   const engine::Caller& asker, const xml::BodyContext& context) const {
    if (!wanted.live || wanted.live->verbatim()) {
        if (const auto* stored = member.properties.find(wanted.name)) {
            xml::append_property(out, *stored);
            return true;
        }
    }
    if (!wanted.live) return false;
    const auto value =
        engine::live_value(services_, wanted.live->property, member.path, *member.info, member.properties, asker);
    if (!defined(value)) return false;
    xml::append_property(out, wanted.name, value, context);
    return true;
}

void PropertyAnswer::append_names(std::string& out, const engine::Member& member, const engine::Caller& asker) const {
    for (const auto& row : engine::live_properties()) {
        const PropertyName name{std::string(row.ns), std::string(row.local)};
        if (row.verbatim() && member.properties.find(name)) continue;
        if (defined(engine::live_value(services_, row.property, member.path, *member.info, member.properties, asker)))
            xml::append_empty_property(out, name);
    }
    for (const auto& property : member.properties)
        if (shown(property)) xml::append_empty_property(out, property.name);
}

PropertyAnswer::Names PropertyAnswer::append_found(std::string& out, const engine::Member& member,
                                                   const engine::Caller& asker, const xml::BodyContext& context) const {
    Names missing;
    for (const auto& wanted : wanted_)
        if (!append_wanted(out, wanted, member, asker, context)) missing.push_back(&wanted.name);
    if (kind_ == PropfindKind::allprop)
        for (const auto& property : member.properties)
            if (shown(property) && !is_wanted(property.name)) xml::append_property(out, property);
    return missing;
}

void PropertyAnswer::append_missing(std::string& out, const Names& missing) const {
    // allprop speaks only of what exists; what `include` names beyond is answered like prop (RFC 4918, 9.1).
    const auto asked_by_name = [&](const PropertyName* name) {
        const auto* live = engine::find_live(*name);
        return kind_ == PropfindKind::prop || !live || !live->in_allprop;
    };
    if (minimal_ || std::ranges::none_of(missing, asked_by_name)) return;
    xml::open_propstat(out);
    for (const auto* name : missing)
        if (asked_by_name(name)) xml::append_empty_property(out, *name);
    xml::close_propstat(out, Status::not_found);
}

void PropertyAnswer::append(std::string& out, const engine::Member& member, const engine::Caller& asker,
                            const xml::BodyContext& context) const {
    if (!member.info) {
        xml::open_response(out, context, member.path, false);
        xml::append_entry(out, EntryStatus(member.info.error()), context);
        xml::close_response(out);
        return;
    }
    xml::open_response(out, context, member.path, member.info->collection);
    xml::open_propstat(out);
    Names missing;
    if (kind_ == PropfindKind::propname) {
        append_names(out, member, asker);
    } else {
        missing = append_found(out, member, asker, context);
    }
    xml::close_propstat(out, Status::ok);
    append_missing(out, missing);
    xml::close_response(out);
}

}  // namespace davit::http

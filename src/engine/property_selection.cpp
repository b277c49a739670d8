#include "davit/engine/property_selection.hpp"

#include <algorithm>

#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"

namespace davit::engine {
namespace {

/// Clients never see the server's internal form of a live property.
bool is_internal(const PropertyName& name) {
    return name == store::checksums_name() || name == store::creation_date_name();
}

}  // namespace

PropertySelection::PropertySelection(const PropfindBody& asked, bool minimal) : kind_(asked.kind), minimal_(minimal) {
    if (kind_ == PropfindKind::allprop) {
        for (const auto& row : live_properties())
            if (row.in_allprop) want({std::string(row.ns), std::string(row.local)}, &row);
    }
    for (const auto& name : asked.names) want(name, find_live(name));
    wants_stored_ =
        has_unnamed() || std::ranges::any_of(wanted_, [](const Wanted& w) { return !w.live || w.live->stored; });
}

void PropertySelection::want(const PropertyName& name, const LivePropertyRow* live) {
    if (names_.insert(name).second) wanted_.push_back({name, live});
}

bool PropertySelection::has_unnamed(const Property& stored) const {
    if (!has_unnamed() || is_internal(stored.name)) return false;
    return names_only() || !names_.contains(stored.name);
}

bool PropertySelection::wants_media_type() const {
    return !names_only() && std::ranges::any_of(wanted_, [](const Wanted& each) {
        return each.live && each.live->property == LiveProperty::getcontenttype;
    });
}

bool PropertySelection::is_hidden(const Wanted& wanted, const Member& member) {
    return member.properties_hidden && (!wanted.live || wanted.live->stored);
}

/// allprop returns existing properties only. Further names in `include` are answered like prop (RFC 4918, 9.1).
bool PropertySelection::is_asked_by_name(const PropertyName& name) const {
    const auto* live = find_live(name);
    return kind_ == PropfindKind::prop || !live || !live->in_allprop;
}

PropertySelection::Names PropertySelection::told_missing(Names missing) const {
    if (minimal_) return {};
    return told_hidden(std::move(missing));
}

PropertySelection::Names PropertySelection::told_hidden(Names hidden) const {
    std::erase_if(hidden, [&](const PropertyName* name) { return !is_asked_by_name(*name); });
    return hidden;
}

}  // namespace davit::engine

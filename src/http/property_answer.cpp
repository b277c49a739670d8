#include "davit/http/property_answer.hpp"

#include <algorithm>
#include <limits>

#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"

namespace davit::http {
namespace {

bool defined(const LiveValue& value) {
    return !std::holds_alternative<Absent>(value);
}

/// The server's own form of a live property is for nobody's eyes.
bool shown(const Property& property) {
    return property.name != store::checksums_name() && property.name != store::creation_date_name();
}

Failure unreadable() {
    return {FailureCode::permission_denied, "The server may not read this resource, nor its stored properties.", {}};
}

}  // namespace

PropertyAnswer::PropertyAnswer(const engine::Services& services, const PropfindBody& asked, bool minimal)
    : services_(services), kind_(asked.kind), minimal_(minimal) {
    if (kind_ == PropfindKind::allprop) {
        for (const auto& row : engine::live_properties())
            if (row.in_allprop) want({std::string(row.ns), std::string(row.local)}, &row);
    }
    for (const auto& name : asked.names) want(name, engine::find_live(name));
    wants_stored_ = kind_ != PropfindKind::prop ||
                    std::ranges::any_of(wanted_, [](const Wanted& w) { return !w.live || w.live->stored; });
}

void PropertyAnswer::want(const PropertyName& name, const engine::LivePropertyRow* live) {
    if (names_.insert(name).second) wanted_.push_back({name, live});
}

bool PropertyAnswer::is_wanted(const PropertyName& name) const {
    return names_.contains(name);
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
    const auto value = engine::live_value(services_, wanted.live->property, member, asker);
    if (!defined(value)) return false;
    xml::append_property(out, wanted.name, value, context);
    return true;
}

void PropertyAnswer::append_live_names(std::string& out, const engine::Member& member,
                                       const engine::Caller& asker) const {
    for (const auto& row : engine::live_properties()) {
        const PropertyName name{std::string(row.ns), std::string(row.local)};
        if (row.verbatim() && member.properties.find(name)) continue;
        if (defined(engine::live_value(services_, row.property, member, asker))) xml::append_empty_property(out, name);
    }
}

void PropertyAnswer::append_stored(std::string& out, const Property& property) const {
    if (!shown(property)) return;
    if (kind_ == PropfindKind::propname) xml::append_empty_property(out, property.name);
    if (kind_ == PropfindKind::allprop && !is_wanted(property.name)) xml::append_property(out, property);
}

/// allprop speaks only of what exists; what `include` names beyond is answered like prop (RFC 4918, 9.1).
bool PropertyAnswer::is_asked_by_name(const PropertyName& name) const {
    const auto* live = engine::find_live(name);
    return kind_ == PropfindKind::prop || !live || !live->in_allprop;
}

void PropertyAnswer::append_missing(std::string& out, const Names& missing) const {
    const auto asked = [&](const PropertyName* name) { return is_asked_by_name(*name); };
    if (minimal_ || std::ranges::none_of(missing, asked)) return;
    xml::open_propstat(out);
    for (const auto* name : missing)
        if (asked(name)) xml::append_empty_property(out, *name);
    xml::close_propstat(out, Status::not_found);
}

void PropertyAnswer::append_hidden(std::string& out, const Names& hidden, const xml::BodyContext& context) const {
    const auto asked = [&](const PropertyName* name) { return is_asked_by_name(*name); };
    if (std::ranges::none_of(hidden, asked)) return;
    xml::open_propstat(out);
    for (const auto* name : hidden)
        if (asked(name)) xml::append_empty_property(out, *name);
    xml::close_propstat(out, unreadable(), context);
}

bool PropertyAnswer::wants_media_type() const {
    return kind_ != PropfindKind::propname && std::ranges::any_of(wanted_, [](const Wanted& each) {
               return each.live && each.live->property == engine::LiveProperty::getcontenttype;
           });
}

void PropertyAnswer::append(std::string& out, const engine::Member& member, const engine::Caller& asker,
                            const xml::BodyContext& context) const {
    Entry(*this, member, asker, context).append(out, std::numeric_limits<std::size_t>::max());
}

bool PropertyAnswer::Entry::append(std::string& out, std::size_t window) {
    if (!member_.info) {
        xml::open_response(out, context_, member_.path, false);
        xml::append_entry(out, EntryStatus(member_.info.error()), context_);
        xml::close_response(out);
        return true;
    }
    if (stage_ == Stage::begin) begin(out);
    if (stage_ == Stage::wanted && !append_wanted(out, window)) return false;
    if (stage_ == Stage::stored && !append_stored(out, window)) return false;
    end(out);
    return true;
}

void PropertyAnswer::Entry::begin(std::string& out) {
    xml::open_response(out, context_, member_.path, member_.info->collection);
    xml::open_propstat(out);
    if (answer_.kind_ == PropfindKind::propname) answer_.append_live_names(out, member_, asker_);
    stage_ = answer_.kind_ == PropfindKind::propname ? Stage::stored : Stage::wanted;
}

bool PropertyAnswer::Entry::append_wanted(std::string& out, std::size_t window) {
    for (; next_ < answer_.wanted_.size(); ++next_) {
        if (out.size() >= window) return false;
        const auto& wanted = answer_.wanted_[next_];
        if (answer_.append_wanted(out, wanted, member_, asker_, context_)) continue;
        const bool hidden = member_.properties_hidden && (!wanted.live || wanted.live->stored);
        (hidden ? hidden_ : missing_).push_back(&wanted.name);
    }
    next_ = 0;
    stage_ = answer_.kind_ == PropfindKind::allprop ? Stage::stored : Stage::end;
    return true;
}

bool PropertyAnswer::Entry::append_stored(std::string& out, std::size_t window) {
    for (; next_ < member_.properties.size(); ++next_) {
        if (out.size() >= window) return false;
        answer_.append_stored(out, member_.properties.begin()[static_cast<std::ptrdiff_t>(next_)]);
    }
    stage_ = Stage::end;
    return true;
}

void PropertyAnswer::Entry::end(std::string& out) {
    xml::close_propstat(out, Status::ok);
    answer_.append_missing(out, missing_);
    answer_.append_hidden(out, hidden_, context_);
    xml::close_response(out);
}

}  // namespace davit::http

#include "davit/http/property_answer.hpp"

#include <limits>

namespace davit::http {
namespace {

bool defined(const LiveValue& value) {
    return !std::holds_alternative<Absent>(value);
}

Failure unreadable() {
    return {FailureCode::permission_denied, "The server may not read this resource, nor its stored properties.", {}};
}

}  // namespace

bool PropertyAnswer::append_wanted(std::string& out, const Wanted& wanted, const engine::Member& member,
                                   const engine::Caller& asker, const xml::BodyContext& context) const {
    if (const auto* stored = engine::stored_value(member.properties, wanted.name, wanted.live)) {
        xml::append_property(out, *stored);
        return true;
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
        if (engine::stored_value(member.properties, name, &row)) continue;
        if (defined(engine::live_value(services_, row.property, member, asker))) xml::append_empty_property(out, name);
    }
}

void PropertyAnswer::append_stored(std::string& out, const Property& property) const {
    if (!selection_.has_unnamed(property)) return;
    if (selection_.names_only())
        xml::append_empty_property(out, property.name);
    else
        xml::append_property(out, property);
}

void PropertyAnswer::append_missing(std::string& out, Names missing) const {
    missing = selection_.told_missing(std::move(missing));
    if (missing.empty()) return;
    xml::open_propstat(out);
    for (const auto* name : missing) xml::append_empty_property(out, *name);
    xml::close_propstat(out, Status::not_found);
}

void PropertyAnswer::append_hidden(std::string& out, Names hidden, const xml::BodyContext& context) const {
    hidden = selection_.told_hidden(std::move(hidden));
    if (hidden.empty()) return;
    xml::open_propstat(out);
    for (const auto* name : hidden) xml::append_empty_property(out, *name);
    xml::close_propstat(out, unreadable(), context);
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
    const bool names_only = answer_.selection_.names_only();
    if (names_only) answer_.append_live_names(out, member_, asker_);
    stage_ = names_only ? Stage::stored : Stage::wanted;
}

bool PropertyAnswer::Entry::append_wanted(std::string& out, std::size_t window) {
    const auto all = answer_.selection_.wanted();
    for (; next_ < all.size(); ++next_) {
        if (out.size() >= window) return false;
        const auto& wanted = all[next_];
        if (answer_.append_wanted(out, wanted, member_, asker_, context_)) continue;
        const bool hidden = engine::PropertySelection::is_hidden(wanted, member_);
        (hidden ? hidden_ : missing_).push_back(&wanted.name);
    }
    next_ = 0;
    stage_ = answer_.selection_.has_unnamed() ? Stage::stored : Stage::end;
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
    answer_.append_missing(out, std::move(missing_));
    answer_.append_hidden(out, std::move(hidden_), context_);
    xml::close_response(out);
}

}  // namespace davit::http

#pragma once
// Which properties the answer of a PROPFIND has (RFC 4918, 9.1; RFC 8144, 2.1).
#include <set>
#include <span>
#include <vector>

#include "davit/core/propfind_body.hpp"
#include "davit/engine/live_properties.hpp"
#include "davit/engine/propfind.hpp"

namespace davit::engine {

/// Made once for a request and used for every member; immutable.
class PropertySelection {
public:
    struct Wanted {
        PropertyName name;
        const LivePropertyRow* live = nullptr;  ///< null: a dead property
    };
    using Names = std::vector<const PropertyName*>;

    /// `minimal`: Prefer: return=minimal.
    PropertySelection(const PropfindBody& asked, bool minimal);

    /// propname: names without values.
    bool names_only() const { return kind_ == PropfindKind::propname; }
    /// In the order of the answer: for allprop RFC 4918's live properties, then what the body names.
    std::span<const Wanted> wanted() const { return wanted_; }
    /// allprop and propname: the answer has stored properties that wanted() does not name.
    bool has_unnamed() const { return kind_ != PropfindKind::prop; }
    /// Is this stored property one of them?
    bool has_unnamed(const Property& stored) const;
    /// Does the answer need dead properties, or live ones that are stored?
    bool wants_stored() const { return wants_stored_; }
    /// Does the answer need the value of getcontenttype, for which a store may have to read the file?
    bool wants_media_type() const;
    /// Did the member have no value for `wanted` because the server may not read its stored properties?
    static bool is_hidden(const Wanted& wanted, const Member& member);
    /// Of properties without a value, those that the answer names with 404.
    Names told_missing(Names missing) const;
    /// Of properties that the server may not read, those that the answer names with 403.
    Names told_hidden(Names hidden) const;

private:
    void want(const PropertyName& name, const LivePropertyRow* live);
    bool is_asked_by_name(const PropertyName& name) const;

    PropfindKind kind_;
    bool minimal_;
    bool wants_stored_ = false;
    std::vector<Wanted> wanted_;
    std::set<PropertyName> names_;  ///< of `wanted_`
};

}  // namespace davit::engine

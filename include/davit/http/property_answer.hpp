#pragma once
// One resource's `response` of a PROPFIND (RFC 4918, 9.1): found properties under 200, the rest under 404.
#include <vector>

#include "davit/core/propfind_body.hpp"
#include "davit/engine/live_properties.hpp"
#include "davit/engine/propfind.hpp"
#include "davit/xml/writer.hpp"

namespace davit::http {

/// Prepared once for what is asked, used for every member; immutable, so requests that ask alike share one.
class PropertyAnswer {
public:
    PropertyAnswer(const engine::Services& services, const PropfindBody& asked, bool minimal);

    /// Whether dead properties (or stored live ones) are needed at all.
    bool wants_stored() const { return wants_stored_; }
    /// As `asker` may see it.
    void append(std::string& out, const engine::Member& member, const engine::Caller& asker,
                const xml::BodyContext& context) const;

private:
    struct Wanted {
        PropertyName name;
        const engine::LivePropertyRow* live = nullptr;
    };
    bool append_wanted(std::string& out, const Wanted& wanted, const engine::Member& member,
                       const engine::Caller& asker, const xml::BodyContext& context) const;
    void append_names(std::string& out, const engine::Member& member, const engine::Caller& asker) const;
    using Names = std::vector<const PropertyName*>;
    /// Says which were not found.
    Names append_found(std::string& out, const engine::Member& member, const engine::Caller& asker,
                       const xml::BodyContext& context) const;
    void append_missing(std::string& out, const Names& missing) const;
    bool is_wanted(const PropertyName& name) const;

    const engine::Services& services_;
    PropfindKind kind_;
    bool minimal_;
    bool wants_stored_ = false;
    std::vector<Wanted> wanted_;
};

}  // namespace davit::http

#pragma once
// PROPFIND (RFC 4918, 9.1) as a cursor: memory does not grow with the listing.
#include <memory>

#include "davit/engine/services.hpp"

namespace davit::engine {

struct PropfindRequest {
    Target target;
    Depth depth = Depth::infinity;
    bool with_properties = false;         ///< dead properties are wanted
    std::optional<ResourcePath> named{};  ///< the Request-URI is a link of this path, `target` what it leads to
};

/// One resource of the answer.
struct Member {
    ResourcePath path;                   ///< for its href
    Result<store::ResourceInfo> info{};  ///< a failure becomes this member's own status
    PropertySet properties;
    std::optional<ResourcePath> place{};  ///< its canonical path, where a link makes that another than `path`
    std::optional<ResourcePath> named{};  ///< whose last name it is shown under, where that is not `path`
    bool properties_hidden = false;       ///< the server may not read `properties`
    std::optional<bool> utf8{};           ///< its text begins as UTF-8; nothing: the store has not been asked

    const ResourcePath& canonical() const { return place ? *place : path; }
    const ResourcePath& shown() const { return named ? *named : path; }
};

/// The Request-URI's resource alone. would_block when `waiting` is refused and something is not in memory.
Answer<Member> look_at(const Services& services, const PropfindRequest& request, store::Waiting waiting);

class Propfind {
public:
    /// Fails as the request would: not_found, depth_infinity_refused, an If that does not hold.
    static Answer<Propfind> begin(const Services& services, const PropfindRequest& request);
    Propfind(Propfind&&) noexcept;
    ~Propfind();
    /// Why the members of the collection that next() gave last are missing: the server may not list it. Null otherwise.
    const Failure* unlisted() const;
    /// Is the Request-URI's resource a collection?
    bool of_collection() const;
    /// Depth infinity enters each collection once, however many links lead there; further ways to it are members
    /// without members. A link is left out when the asker may not read what it leads to. The next member, the
    /// Request-URI's resource first; false at the end. A collection that cannot be listed reports its own failure as a
    /// member and the walk goes on; one that breaks off in the midst throws std::runtime_error.
    bool next(Member& member);

private:
    struct Walk;
    explicit Propfind(std::unique_ptr<Walk> walk);
    std::unique_ptr<Walk> walk_;
};

}  // namespace davit::engine

#pragma once
// PROPFIND (RFC 4918, 9.1) as a cursor: memory does not grow with the listing.
#include <memory>

#include "davit/engine/services.hpp"

namespace davit::engine {

struct PropfindRequest {
    Target target;
    Depth depth = Depth::infinity;
    bool with_properties = false;         ///< the answer needs dead properties
    std::optional<ResourcePath> named{};  ///< the Request-URI is a link with this path; `target` is the link's target
};

/// One resource of the answer.
struct Member {
    ResourcePath path;                   ///< for its href
    Result<store::ResourceInfo> info{};  ///< a failure becomes this member's own status
    PropertySet properties;
    std::optional<ResourcePath> place{};  ///< its canonical path, if a link makes it differ from `path`
    std::optional<ResourcePath> named{};  ///< the path whose last name a listing shows, if that is not `path`
    bool properties_hidden = false;       ///< the server may not read `properties`
    std::optional<bool> utf8{};           ///< its text begins as UTF-8; nothing: not known yet

    const ResourcePath& canonical() const { return place ? *place : path; }
    const ResourcePath& shown() const { return named ? *named : path; }
};

/// The Request-URI's resource alone (Depth 0). would_block when `waiting` is refused and the answer is not in memory.
Answer<Member> look_at(const Services& services, const PropfindRequest& request, store::Waiting waiting);

class Propfind {
public:
    /// Starts a listing. Fails with the failure of the request: not_found, depth_infinity_refused, or an If that does
    /// not hold.
    static Answer<Propfind> begin(const Services& services, const PropfindRequest& request);
    Propfind(Propfind&&) noexcept;
    ~Propfind();
    /// The reason why the members of the collection that next() returned last are missing: the server may not list it.
    /// Null otherwise.
    const Failure* unlisted() const;
    /// Of the Request-URI's dead properties, until next() has given it.
    std::size_t property_bytes() const;
    /// Whether the Request-URI's resource is a collection.
    bool of_collection() const;
    /// The next member, the Request-URI's resource first; false at the end. Depth infinity enters each collection once;
    /// further links to it are members without members. Leaves out a link when the user may not read its target. A
    /// collection that cannot be listed is a member with its own failure, and the walk goes on. A listing that breaks
    /// off in the middle throws std::runtime_error.
    bool next(Member& member);

private:
    struct Walk;
    explicit Propfind(std::unique_ptr<Walk> walk);
    std::unique_ptr<Walk> walk_;
};

}  // namespace davit::engine

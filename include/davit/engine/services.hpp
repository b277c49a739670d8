#pragma once
// What every method of the engine gets: ports, policy, and the caller.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "davit/core/gate.hpp"
#include "davit/core/if_header.hpp"
#include "davit/core/multi_status.hpp"
#include "davit/core/name_patterns.hpp"
#include "davit/engine/access.hpp"
#include "davit/engine/media_types.hpp"
#include "davit/plan/plan.hpp"
#include "davit/store/clock.hpp"
#include "davit/store/lock_store.hpp"
#include "davit/store/property_store.hpp"
#include "davit/store/resource_store.hpp"

namespace davit::engine {

struct Policy {
    bool read_only = false;                 ///< every writing method is 403 read-only
    bool propfind_infinity = true;          ///< false: 403 with propfind-finite-depth
    bool settable_getlastmodified = false;  ///< RFC 4918, 15.7 says SHOULD be protected
    bool windows_without_token = false;  ///< PROPPATCH of Windows' own properties by a lock's owner, as Office sends it
    plan::Atomicity trees = plan::Atomicity::all_or_nothing;
    std::shared_ptr<const MediaTypes> media_types;  ///< null: only the built-in ones
    NamePatterns refused_names;                     ///< no resource is made under these names: 403 litter-refused
    std::chrono::seconds lock_timeout_default{3600};
    std::chrono::seconds lock_timeout_min{1};
    std::chrono::seconds lock_timeout_max{86400};
    std::size_t max_property_bytes = std::size_t{1} << 20;      ///< of one property's value
    std::size_t max_property_set_bytes = std::size_t{8} << 20;  ///< of all dead properties of a resource
    std::size_t max_locks = 200000;
    std::size_t max_locks_per_principal = 5000;
    std::size_t max_lock_bytes = std::size_t{128} << 20U;  ///< of memory, all locks together
    std::size_t max_shared_locks = 32;                     ///< that cover one resource
    /// Of a COPY or MOVE, and of trees that are changed part by part; 0: none.
    std::chrono::seconds operation_timeout{0};
};

/// The ports are borrowed and must outlive the engine's calls.
struct Services {
    store::ResourceStore& resources;
    store::PropertyStore& properties;
    store::LockStore& locks;
    const store::Clock& clock;
    store::TokenSource& tokens;
    Policy policy;
    GateTrace* trace = nullptr;  ///< null: the request is not a rehearsal
};

/// Records the gate that the server asks next, for `davit why`.
inline void ask(const Services& services, Gate gate) {
    if (services.trace) services.trace->enter(gate);
}

/// A symbolic link on the way of a URL that the request names.
struct PassedLink {
    ResourcePath link;  ///< its canonical path
    ResourcePath to;    ///< the canonical path that the URL leads to
    bool in_if;         ///< a tag of the If header has the URL, which the request does not change
};

/// The sender of the request. The texts belong to the request, which must outlive the engine's work on it.
struct Caller {
    std::string_view principal;  ///< "" when nobody logged in
    std::string_view client;     ///< User-Agent
    std::string_view request_id;
    const AccessView* access = nullptr;    ///< null: there are no rules
    const PathMapping* mapping = nullptr;  ///< null: a path in the share equals that of its URL
    std::span<const PassedLink> passed_links{};

    /// The href for sentences: as the client knows it, without the public prefix.
    std::string href(const ResourcePath& path, bool collection = false) const {
        return mapping ? mapping->to_url(path).href(collection) : path.href(collection);
    }
    /// Whether the user's URLs begin at `path`. It cannot be removed.
    bool is_top(const ResourcePath& path) const { return mapping ? path == mapping->tree : path.is_root(); }
    bool may_read(const ResourcePath& path) const { return !access || access->may_read(path); }
    /// Whether a listing may show the target of a link.
    bool may_see(const ResourcePath& path) const {
        return (!mapping || mapping->tree.contains(path)) && may_read(path);
    }
    bool may_name(const ResourcePath& path) const { return !access || access->may_name(path); }
    Rights rights(const ResourcePath& path) const { return access ? access->rights(path) : Rights::all(); }
    Rights rights_within(const ResourcePath& path) const {
        return access ? access->rights_within(path) : Rights::all();
    }
};

/// The entity tags of If-Match or If-None-Match. Without `any` and without tags it matches nothing.
struct EntityTagList {
    bool any = false;
    std::vector<ETag> tags;
};

/// The conditional header fields of a request (RFC 9110, 13.1; RFC 4918, 10.4).
struct Preconditions {
    std::optional<IfHeader> if_header;
    std::optional<EntityTagList> if_match;
    std::optional<EntityTagList> if_none_match;
    std::optional<std::chrono::sys_seconds> if_modified_since;
    std::optional<std::chrono::sys_seconds> if_unmodified_since;
};

/// The resource of a request, its conditions and its sender.
struct Target {
    ResourcePath path;
    std::shared_ptr<const Preconditions> preconditions;  ///< null: none
    Caller caller;
    std::optional<ResourcePath> link_target{};  ///< `path` is a link the method acts on itself, not on this
    bool names_collection = false;              ///< the Request-URI ends in a slash: no file has this URL

    const std::optional<IfHeader>& if_header() const {
        static const std::optional<IfHeader> none;
        return preconditions ? preconditions->if_header : none;
    }
};

/// A refused request. With a `body` the answer is 207; for an extended MKCOL (RFC 5689) it is `failure`'s own status
/// with that body. Without a body it is `failure`'s own status.
struct Refusal {
    Failure failure;  ///< the first real failure, for status line, log and metrics
    std::optional<MultiStatus> body;
    std::size_t dependents = 0;            ///< steps that were not done because of failures, shown or not
    std::optional<PropertyName> property;  ///< the property that failed, if one did
    ResourcePath culprit;                  ///< the resource that failed

    Refusal(Failure f) : failure(std::move(f)) {}  // NOLINT(google-explicit-constructor): a failure is a refusal
};
template <typename T>
using Answer = std::expected<T, Refusal>;

}  // namespace davit::engine

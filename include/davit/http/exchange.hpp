#pragma once
// A request, from its head to the end of its answer.
#include <algorithm>
#include <atomic>
#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "davit/core/identity.hpp"
#include "davit/core/path_mapping.hpp"
#include "davit/engine/services.hpp"
#include "davit/http/above_base.hpp"
#include "davit/http/access_log.hpp"
#include "davit/http/client_table.hpp"
#include "davit/http/export.hpp"
#include "davit/http/hrefs.hpp"
#include "davit/http/reply.hpp"
#include "davit/http/request_body.hpp"
#include "davit/http/settings.hpp"
#include "davit/http/vitals.hpp"
#include "davit/http/wire_trace.hpp"
#include "davit/http/worker_pool.hpp"
#include "davit/login/authenticator.hpp"
#include "davit/xml/writer.hpp"

namespace davit::http {

namespace beast_http = boost::beast::http;
using Field = beast_http::field;

class Exchange;
struct KnownHead;
/// A handler decodes headers and body, calls the engine and encodes the result.
using Handler = Task<Reply> (*)(Exchange&);
/// Answers a request without waiting; returns nothing when it would have to wait. Then the Handler answers it.
using HandlerAtOnce = std::optional<Reply> (*)(Exchange&);
/// Serves the requests of a listener: DAV, or management.
using Front = std::function<Task<Reply>(Exchange&)>;

/// What all requests share. Lives as long as the server.
struct Shared {
    SettingsHistory settings;  ///< requests use Exchange::settings only
    Export whole;              ///< the one share; with several, the collections above them
    std::vector<std::unique_ptr<Export>> exports;
    MemoryBudget memory;
    ClientTable clients;
    WorkerPool workers;
    WorkerPool logins;                        ///< for password hashes, which are slow on purpose
    const unsigned tree_threads;              ///< at least two
    WorkerPool trees;                         ///< for requests that walk a tree, so that they leave `workers` free
    std::atomic<unsigned> large_digests = 0;  ///< threads of `trees` that read a large file back
    std::vector<RequestObserver*> observers;
    std::unique_ptr<login::Authenticator> authenticator;  ///< none: no login, every request is anonymous
    engine::AccessSwitch rules;                           ///< who may do what
    Vitals vitals;                                        ///< constant once the server runs
    WireTrace trace;                                      ///< watchers on the control socket

    void tell(const OperatorAct& act) const {
        for (auto* observer : observers) observer->acted(act);
    }

    void advise(std::string_view sentence) const {
        for (auto* observer : observers) observer->advised(sentence);
    }

    Shared(ServerOptions o, const engine::Services& s, std::vector<RequestObserver*> obs)
        : settings(std::move(o), s),
          whole({.url = {}, .services = s}),
          workers(settings.first().options.workers, settings.first().options.syncs),
          logins(2, true),
          tree_threads(std::max(2U, (settings.first().options.workers + 1) / 2)),
          trees(tree_threads, true),
          observers(std::move(obs)) {}
};

class Exchange {
public:
    Exchange(Shared& shared, const Settings& settings, const Parser& parser, RequestBody& body,
             const std::string& peer);

    Shared& shared;
    const Settings& settings;  ///< those of the moment when the request began
    const Parser::value_type& head;
    RequestBody& body;
    KnownHead* known_head = nullptr;  ///< `head`, when an equal one has come before
    std::string request_id;
    const std::string& peer;       ///< address of the connection's peer
    std::string client;            ///< address of the client: the peer's, unless a trusted proxy names another
    bool client_named = false;     ///< by a trusted proxy
    bool client_disputed = false;  ///< a trusted proxy's fields name different clients
    bool trusted_peer = false;     ///< the peer is a trusted proxy
    bool nameless = false;         ///< a proxy relays a client without an address
    IdentityPtr identity;          ///< the user; null for a request without a login
    bool asked = false;            ///< `identity` is final: the login runs once
    bool plain = false;            ///< a trusted proxy says that its client came without TLS
    bool secure = false;           ///< the request came over TLS
    Export* where;                 ///< the share of the request
    PathMapping mapping;
    /// The Request-URI's path, after the session has decoded it; from enter() on the resource's path in the share.
    ResourcePath path;
    /// A path of the request that is not canonical, or is dangling, and what resolve_paths() found.
    struct NamedPath {
        ResourcePath asked;
        store::Resolved is;
    };
    std::vector<NamedPath> named_paths;            ///< of the Request-URI and Destination; nearly always none
    std::vector<NamedPath> tagged_paths;           ///< of the tags of If
    std::vector<engine::PassedLink> passed_links;  ///< on the way to all of these
    std::optional<ResourcePath> path_as_asked;     ///< the Request-URI's as the client has it, when that is not `path`
    std::optional<ResourcePath> link_target;       ///< `path` is a link the method acts on itself, not on this
    std::shared_ptr<const FailureReport> failure;  ///< for log, metrics and `davit explain`

    std::string_view method() const { return view(head.method_string()); }
    std::string_view target() const { return view(head.target()); }
    /// The value of a field, "" when absent; the first when repeated. A head has few fields: comparing the numbers of
    /// all is cheaper than Beast's search by name.
    std::string_view field(Field name) const {
        if (!has(name)) return {};
        for (const auto& each : head)
            if (each.name() == name) return view(each.value());
        return {};
    }
    std::string_view field(std::string_view name) const {
        return view(head[boost::beast::string_view(name.data(), name.size())]);
    }
    /// The value of a field for which Beast has no number ("Brief").
    std::string_view custom(std::string_view name) const {
        return has(Field::unknown) ? field(name) : std::string_view();
    }
    bool has(Field name) const { return present_[static_cast<std::size_t>(name)]; }
    /// Whether the field comes more than once.
    bool repeats(Field name) const { return repeated_[static_cast<std::size_t>(name)]; }
    /// All values of a list field, joined by ", " (RFC 9110, 5.3).
    std::string joined(Field name) const;
    std::string joined(std::string_view name) const;
    /// Whether the Request-URI's path ends in a slash, or in a dot segment, which counts as one.
    bool target_has_slash() const;

    const engine::Services& services() const {
        if (above_) return above_->services;
        return where->number == 0 ? settings.services : settings.exports[where->number - 1];
    }
    const ServerOptions& options() const { return settings.options; }
    engine::Caller caller() const;
    /// Makes `caller()` carry the rules in force for `identity` from now on, and returns them; null when there are
    /// none.
    const engine::AccessView* restrict();
    /// The URLs by which the client knows this server: the configured ones, unless this request has its own.
    const headers::PublicAddress& address() const { return own_address_ ? *own_address_ : settings.options.address; }
    void set_address(headers::PublicAddress address) { own_address_ = std::move(address); }
    bool has_own_address() const { return own_address_.has_value(); }
    /// Marks `path` as above the base path, where there are only collections.
    void look_above(const ResourcePath& path);
    bool is_above() const { return above_ != nullptr; }
    /// The result of resolve_paths() for the Request-URI's path or the Destination; null: the path is canonical.
    const store::Resolved* resolved(const ResourcePath& named) const;
    /// The canonical path.
    const ResourcePath& canonical(const ResourcePath& named) const;
    /// The Request-URI's path as the client wrote it.
    const ResourcePath& asked_path() const { return path_as_asked ? *path_as_asked : path; }
    /// The path whose last name a listing shows for the Request-URI's resource: a link's own, else the canonical one.
    const ResourcePath& shown_path() const;
    /// Makes all hrefs of the answer. Complete once resolve_paths() has found the resources that the request names.
    Hrefs hrefs() const;
    std::string href(const ResourcePath& resource, bool collection) const { return hrefs().of(resource, collection); }
    xml::BodyContext body_context() const;

private:
    std::optional<RequestedPath> requested_path() const;
    std::optional<RequestedPath> requested_destination() const;
    static std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

    std::optional<engine::AccessView> access_;
    std::bitset<512> present_;  ///< by Field: most requests have few of the many fields that are asked for
    std::bitset<512> repeated_;
    std::optional<headers::PublicAddress> own_address_;
    std::unique_ptr<const AboveBase> above_;
};

/// Adds Content-Location: a request for a collection without the final slash is answered under the collection's name,
/// not redirected (RFC 4918, 5.2).
void add_content_location(const Exchange& exchange, Reply& reply, bool collection);

/// Waits for the claim. Under it the caller evaluates the conditions of `target` and makes the change that they guard.
inline Task<engine::ClaimTable::Claim> claim_for(const Exchange& exchange, engine::ClaimItems items,
                                                 const engine::Target& target) {
    return claim(exchange.where->claims, engine::with_conditions(std::move(items), target.if_header()));
}

/// The claim without waiting; nothing when a conflicting claim exists.
inline std::optional<engine::ClaimTable::Claim> claim_at_once(const Exchange& exchange, engine::ClaimItems items,
                                                              const engine::Target& target) {
    return exchange.where->claims.try_acquire(engine::with_conditions(std::move(items), target.if_header()));
}

}  // namespace davit::http

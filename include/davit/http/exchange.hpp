#pragma once
// One request on its way through a handler.
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
/// The same for what can be answered without waiting for anything; nothing when something would have to be waited for:
/// then the handler does it.
using HandlerAtOnce = std::optional<Reply> (*)(Exchange&);
/// What a listener serves: DAV, or management.
using Front = std::function<Task<Reply>(Exchange&)>;

/// What all requests share; lives as long as the server.
struct Shared {
    SettingsHistory settings;  ///< a request looks at Exchange::settings only
    Export whole;              ///< the one folder that is served; with several, what lies above them
    std::vector<std::unique_ptr<Export>> exports;
    MemoryBudget memory;
    ClientTable clients;
    WorkerPool workers;
    WorkerPool logins;            ///< for password hashes, which are slow on purpose
    const unsigned tree_threads;  ///< at least two
    WorkerPool trees;  ///< for what goes through a whole tree: however many do, `workers` stays free for everybody else
    std::atomic<unsigned> large_digests = 0;  ///< threads of `trees` that read a large file back
    std::vector<RequestObserver*> observers;
    std::unique_ptr<login::Authenticator> authenticator;  ///< none: everybody is nobody, and nobody is asked
    engine::AccessSwitch rules;                           ///< who may do what
    Vitals vitals;                                        ///< constant once the server runs
    WireTrace trace;                                      ///< who watches through a control socket

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
    const Settings& settings;  ///< those of the moment it began
    const Parser::value_type& head;
    RequestBody& body;
    KnownHead* known_head = nullptr;  ///< `head`, when such a one has come before
    std::string request_id;
    const std::string& peer;       ///< address of whoever holds the connection
    std::string client;            ///< address of whoever asks: the peer's, unless a trusted proxy has named another
    bool client_named = false;     ///< by a trusted proxy
    bool client_disputed = false;  ///< a trusted proxy's fields name different clients
    bool trusted_peer = false;     ///< what the peer says about its clients is believed
    bool nameless = false;         ///< a proxy passes on what somebody says whom it does not name
    IdentityPtr identity;          ///< of whoever asks; null when nobody has logged in
    bool asked = false;            ///< whether `identity` is settled: nobody is asked twice
    bool plain = false;            ///< a trusted proxy says that its client came without TLS
    bool secure = false;           ///< nobody on the way could read or change it: it came over TLS
    Export* where;                 ///< the folder it is about
    PathMapping mapping;
    /// Of the Request-URI, once the session has decoded it; the resource's path in the folder from enter() on.
    ResourcePath path;
    /// A path of the request that is not canonical, or leads nowhere, and what resolve_paths() found.
    struct NamedPath {
        ResourcePath asked;
        store::Resolved is;
    };
    std::vector<NamedPath> named_paths;            ///< its own URI's and Destination; nearly always none
    std::vector<NamedPath> tagged_paths;           ///< of the tags of If
    std::optional<ResourcePath> path_as_asked;     ///< the Request-URI's as the client has it, when that is not `path`
    std::optional<ResourcePath> link_target;       ///< `path` is a link the method acts on itself, not on this
    std::shared_ptr<const FailureReport> failure;  ///< for log, metrics and `davit explain`

    std::string_view method() const { return view(head.method_string()); }
    std::string_view target() const { return view(head.target()); }
    /// Value of a field, "" when absent; the first when repeated. A head has few fields: looking at the numbers of all
    /// is cheaper than Beast's search by the name's letters.
    std::string_view field(Field name) const {
        if (!has(name)) return {};
        for (const auto& each : head)
            if (each.name() == name) return view(each.value());
        return {};
    }
    std::string_view field(std::string_view name) const {
        return view(head[boost::beast::string_view(name.data(), name.size())]);
    }
    /// A field Beast has no number for ("Brief").
    std::string_view custom(std::string_view name) const {
        return has(Field::unknown) ? field(name) : std::string_view();
    }
    bool has(Field name) const { return present_[static_cast<std::size_t>(name)]; }
    /// More than once.
    bool repeats(Field name) const { return repeated_[static_cast<std::size_t>(name)]; }
    /// All values of a list field, joined by ", " (RFC 9110, 5.3).
    std::string joined(Field name) const;
    std::string joined(std::string_view name) const;
    /// The Request-URI's path ends in a slash, or in a dot segment, which stands for one.
    bool target_has_slash() const;

    const engine::Services& services() const {
        if (above_) return above_->services;
        return where->number == 0 ? settings.services : settings.exports[where->number - 1];
    }
    const ServerOptions& options() const { return settings.options; }
    engine::Caller caller() const;
    /// From now on `caller()` carries the rules in force, as they are for `identity`; null when there are none.
    const engine::AccessView* restrict();
    /// Under which URLs whoever asks knows this server: the configured ones, unless this request has its own.
    const headers::PublicAddress& address() const { return own_address_ ? *own_address_ : settings.options.address; }
    void set_address(headers::PublicAddress address) { own_address_ = std::move(address); }
    bool has_own_address() const { return own_address_.has_value(); }
    /// `path` lies above the base path: there are nothing but collections on the way to it.
    void look_above(const ResourcePath& path);
    bool is_above() const { return above_ != nullptr; }
    /// What resolve_paths() found of the Request-URI's path or of Destination; null: it is canonical.
    const store::Resolved* resolved(const ResourcePath& named) const;
    /// The canonical path.
    const ResourcePath& canonical(const ResourcePath& named) const;
    /// The Request-URI's path as the client has it.
    const ResourcePath& asked_path() const { return path_as_asked ? *path_as_asked : path; }
    /// The path whose last name the Request-URI's resource is shown under: a link's own, else the canonical one.
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

/// RFC 4918, 5.2: a collection that is asked for without the slash at its end is no redirect, but answered under its
/// name.
void add_content_location(const Exchange& exchange, Reply& reply, bool collection);

/// Waits for the claim under which the conditions of `target` are evaluated and what they guard is done.
inline Task<engine::ClaimTable::Claim> claim_for(const Exchange& exchange, engine::ClaimItems items,
                                                 const engine::Target& target) {
    return claim(exchange.where->claims, engine::with_conditions(std::move(items), target.if_header()));
}

/// The same without waiting: nothing when somebody else is at work there.
inline std::optional<engine::ClaimTable::Claim> claim_at_once(const Exchange& exchange, engine::ClaimItems items,
                                                              const engine::Target& target) {
    return exchange.where->claims.try_acquire(engine::with_conditions(std::move(items), target.if_header()));
}

}  // namespace davit::http

#pragma once
// The table of methods: handler, rights and kind of each.
#include <span>
#include <string_view>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// The resources on which the user needs the rights `needs`.
enum class Reach : std::uint8_t {
    resource,            ///< the Request-URI
    tree,                ///< and all below it
    by_depth,            ///< unless Depth is 0
    by_depth_with_body,  ///< LOCK: without a body it only refreshes a lock
};

struct MethodRow {
    std::string_view name;
    Handler handler;
    bool writes;   ///< not in Allow of a read-only server
    Rights needs;  ///< on the Request-URI
    Reach reach = Reach::resource;
    Rights needs_at_destination{};  ///< and all below it; `remove` as well unless Overwrite is F
    Rights needs_with_body{};       ///< in addition to `needs`
    bool for_all_users = false;     ///< every user who has logged in may use it
    HandlerAtOnce at_once = nullptr;
    store::LastLink last_link = store::LastLink::followed;  ///< kept: acts on a link itself, not on its target
};
const MethodRow* find_method(std::string_view name);
std::span<const std::string_view> method_names();
/// The Allow of the whole server, which OPTIONS sends for every path.
std::string_view allow_all(bool read_only);
/// Whether any share accepts changes. Called before the share of a request is known.
bool somewhere_writable(const Exchange& exchange);
/// The Allow of a mapped or unmapped resource (RFC 9110, 10.2.1): the methods that the resource accepts and `rights`
/// allow.
std::string allow_for(const std::optional<store::ResourceInfo>& info, bool read_only, Rights rights = Rights::all());

/// The Allow of the Request-URI's resource, as far as the client may know.
struct AllowHere {
    std::string methods;
    std::optional<store::ResourceInfo> info;  ///< none: no resource, or the client may not read it
};
Task<AllowHere> allow_here(Exchange& exchange);

Task<Reply> handle_options(Exchange& exchange);
Task<Reply> handle_get(Exchange& exchange);  ///< and HEAD: the writer leaves the body out
std::optional<Reply> get_at_once(Exchange& exchange);
Task<Reply> handle_put(Exchange& exchange);
std::optional<Reply> put_at_once(Exchange& exchange);
/// The only supported type of PATCH, as OPTIONS announces it (RFC 5789, 3.1).
inline constexpr std::string_view partial_update_type = "application/x-sabredav-partialupdate";
Task<Reply> handle_patch(Exchange& exchange);
Task<Reply> handle_delete(Exchange& exchange);
Task<Reply> handle_mkcol(Exchange& exchange);
Task<Reply> handle_copy(Exchange& exchange);
Task<Reply> handle_move(Exchange& exchange);
Task<Reply> handle_propfind(Exchange& exchange);
std::optional<Reply> propfind_at_once(Exchange& exchange);
Task<Reply> handle_proppatch(Exchange& exchange);
Task<Reply> handle_lock(Exchange& exchange);
std::optional<Reply> lock_at_once(Exchange& exchange);
Task<Reply> handle_unlock(Exchange& exchange);
std::optional<Reply> unlock_at_once(Exchange& exchange);

}  // namespace davit::http

#pragma once
// Which handler serves which method.
#include <span>
#include <string_view>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Which resources `needs` is asked of.
enum class Reach : std::uint8_t {
    resource,            ///< the Request-URI
    tree,                ///< and all below it
    by_depth,            ///< unless Depth is 0
    by_depth_with_body,  ///< LOCK: without a body it refreshes what was granted already
};

struct MethodRow {
    std::string_view name;
    Handler handler;
    bool writes;   ///< not in Allow of a read-only server
    Rights needs;  ///< on the Request-URI
    Reach reach = Reach::resource;
    Rights needs_at_destination{};  ///< and all below it; `remove` as well unless Overwrite is F
    Rights needs_with_body{};       ///< beside `needs`
    bool for_all_users = false;     ///< whoever has logged in needs no right
    HandlerAtOnce at_once = nullptr;
    store::LastLink last_link = store::LastLink::followed;  ///< kept: acts on a link itself, not on what it leads to
};
const MethodRow* find_method(std::string_view name);
std::span<const std::string_view> method_names();
/// Allow for a whole server, as OPTIONS says it for every path.
std::string_view allow_all(bool read_only);
/// Is there any folder that takes changes? Asked before it is known which folder a request is for.
bool somewhere_writable(const Exchange& exchange);
/// Allow for a mapped or unmapped resource (RFC 9110, 10.2.1): what stands there takes and `rights` let pass.
std::string allow_for(const std::optional<store::ResourceInfo>& info, bool read_only, Rights rights = Rights::all());

/// The same for the Request-URI's resource, as far as the client may know.
struct AllowHere {
    std::string methods;
    std::optional<store::ResourceInfo> info;  ///< nothing there, or the client may not look
};
Task<AllowHere> allow_here(Exchange& exchange);

Task<Reply> handle_options(Exchange& exchange);
Task<Reply> handle_get(Exchange& exchange);  ///< and HEAD: the writer leaves the body out
std::optional<Reply> get_at_once(Exchange& exchange);
Task<Reply> handle_put(Exchange& exchange);
std::optional<Reply> put_at_once(Exchange& exchange);
/// The one kind of PATCH there is, as OPTIONS says it (RFC 5789, 3.1).
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

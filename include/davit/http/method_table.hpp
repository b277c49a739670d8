#pragma once
// Which handler serves which method.
#include <span>
#include <string_view>

#include "davit/http/exchange.hpp"

namespace davit::http {

struct MethodRow {
    std::string_view name;
    Handler handler;
    bool writes;  ///< not in Allow of a read-only server
    HandlerAtOnce at_once = nullptr;
};
const MethodRow* find_method(std::string_view name);
std::span<const std::string_view> method_names();
/// Allow for a whole server, as OPTIONS says it for every path.
std::string_view allow_all(bool read_only);
/// Allow for a mapped or unmapped resource (RFC 9110, 10.2.1).
std::string allow_for(const std::optional<store::ResourceInfo>& info, bool read_only);

Task<Reply> handle_options(Exchange& exchange);
Task<Reply> handle_get(Exchange& exchange);  ///< and HEAD: the writer leaves the body out
std::optional<Reply> get_at_once(Exchange& exchange);
Task<Reply> handle_put(Exchange& exchange);
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
Task<Reply> handle_unlock(Exchange& exchange);

}  // namespace davit::http

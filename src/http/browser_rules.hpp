#pragma once
// What a browser may do with an answer. Files come from users, and must not act with the rights of whoever opens them.
#include <string_view>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// For a file of this media type: no scripts (unless server.publish_pages), no guessing of the type, no use by pages of
/// other origins (unless cors.origins lists any).
void add_browser_rules(const Exchange& exchange, Reply& reply, std::string_view media_type);

/// The same for answers that Davit writes itself, when they have a body and no rules yet.
void add_browser_rules(const Exchange& exchange, Reply& reply);

/// Cross-Origin-Resource-Policy alone, for a page that has its own Content-Security-Policy.
void add_resource_policy(const Exchange& exchange, Reply& reply);

}  // namespace davit::http

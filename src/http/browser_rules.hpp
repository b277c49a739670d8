#pragma once
// What a browser may do with a response. Users upload the files, so a file must not act with the rights of the user who
// opens it.
#include <string_view>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Adds the rules for a file of this media type: no scripts (unless server.publish_pages), no guessing of the type, no
/// use by pages of other origins (unless cors.origins lists any).
void add_browser_rules(const Exchange& exchange, Reply& reply, std::string_view media_type);

/// The same for responses that Davit writes itself, when they have a body and no rules yet.
void add_browser_rules(const Exchange& exchange, Reply& reply);

/// Adds only Cross-Origin-Resource-Policy, for a page with its own Content-Security-Policy.
void add_resource_policy(const Exchange& exchange, Reply& reply);

}  // namespace davit::http

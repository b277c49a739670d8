#pragma once
// Names in other Unicode forms than the tree's (NFC, NFD): found out before claims, locks and rules see a path.
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Puts the tree's spelling of whatever the request names (its own URI, Destination, the tags of If) in its place.
/// False when the disk has to be waited for. Costs nothing while all names are ASCII.
bool find_spellings_at_once(Exchange& exchange);
Task<> find_spellings(Exchange& exchange);

}  // namespace davit::http

#pragma once
// One resource, one path: makes the paths of a request canonical before rules, claims and locks see them.
#include "davit/http/method_table.hpp"

namespace davit::http {

/// Replaces the paths of the request by canonical ones: Request-URI, Destination, the tags of If. Faults of a path stay
/// in `exchange.named_paths` until the rules have been asked. False when this would wait for the disk.
bool resolve_paths_at_once(Exchange& exchange, const MethodRow& row, store::Waiting waiting = store::Waiting::refused);
Task<> resolve_paths(Exchange& exchange, const MethodRow& row);
/// Whether If names so many resources that an event loop must not look at them.
bool names_many(const Exchange& exchange);
/// Undoes an earlier call: the request starts again.
void forget_paths(Exchange& exchange);

/// False: what is found at the Request-URI's path without following a link has it as its canonical path.
bool needs_resolving(const Exchange& exchange);

/// Refuses a request one of whose paths leads out of the share, or into the server's own state. Call it after the
/// rules.
std::optional<Reply> refuse_unreachable(Exchange& exchange);

/// The canonical path of a name that is to be created. Adds the links on the way to `passed_links`. Waits for the disk.
Result<ResourcePath> resolve_place(Exchange& exchange, const ResourcePath& path);

}  // namespace davit::http

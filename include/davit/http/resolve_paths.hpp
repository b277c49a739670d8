#pragma once
// One resource, one path: before rules, claims and locks see what a request names, it is made canonical.
#include "davit/http/method_table.hpp"

namespace davit::http {

/// Puts canonical paths in the place of what the request names: its own URI, Destination, the tags of If. What is wrong
/// with them stays in `exchange.named_paths` until rules have been asked. False when the disk has to be waited for.
bool resolve_paths_at_once(Exchange& exchange, const MethodRow& row, store::Waiting waiting = store::Waiting::refused);
Task<> resolve_paths(Exchange& exchange, const MethodRow& row);
/// If may name so many resources that looking at them is not for an event loop.
bool names_many(const Exchange& exchange);
/// Takes back what an earlier call found: the request begins anew.
void forget_paths(Exchange& exchange);

/// False: what is found at the Request-URI's path without following a link has it as its canonical path.
bool needs_resolving(const Exchange& exchange);

/// Refuses a request one of whose paths leads out of the folder, or into the server's own state. Asked after rules.
std::optional<Reply> refuse_unreachable(Exchange& exchange);

/// The canonical path of a place where something is to be put. Waits for the disk.
Result<ResourcePath> resolve_place(const Exchange& exchange, const ResourcePath& path);

}  // namespace davit::http

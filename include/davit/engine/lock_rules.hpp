#pragma once
// Which locks stand in the way of a change, and which tokens open them (RFC 4918, 7, 9.10.5, 9.10.6).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// May the content or dead properties of `path` be changed (PUT, PROPPATCH)? Every exclusive lock covering it must be
/// submitted; of shared ones at least one. `locked` (423, lock-token-submitted, hrefs of lock roots) otherwise.
/// Sentence and facts name the lock's owner and until when, as far as the asker may know.
Result<void> may_change(const Services& services, const Target& target, const ResourcePath& path);

/// May `path` be added to or taken from its parent? Asks for locks on the parent collection, Depth 0 or infinity
/// (RFC 4918, 7.4, 7.5).
Result<void> may_change_membership(const Services& services, const Target& target, const ResourcePath& path);

/// Locks at or below `path` whose tokens were not submitted: the members that hold up a DELETE or MOVE.
std::vector<Failure> unsubmitted_below(const Services& services, const Target& target, const ResourcePath& path);

/// `unknown`: it has happened, only whether it outlives a crash is not known.
template <typename T>
bool has_happened(const Result<T>& result) {
    return result || result.error().changed == Changed::unknown;
}

/// `step` is about to replace `there`, if anything stands at `path`. What is below goes, and its locks with it. One on
/// `path` itself stays: locks stay with URLs (RFC 4918, 7.6), and this URL is still mapped.
template <typename Step>
auto replacing(const Services& services, const ResourcePath& path, const std::optional<store::ResourceInfo>& there,
               Step step) -> decltype(step()) {
    if (!there) return step();
    if (auto noted = services.locks.will_replace(path, *there); !noted)
        return std::unexpected(std::move(noted.error()));
    auto done = step();
    services.locks.replaced(path, has_happened(done));
    return done;
}

}  // namespace davit::engine

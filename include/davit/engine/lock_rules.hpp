#pragma once
// Which locks block a change, and which tokens allow it (RFC 4918, 7, 9.10.5, 9.10.6).
#include "davit/engine/services.hpp"

namespace davit::engine {

/// Whether `lock` protects `path` as this request reaches it: it covers the path itself, or a link on the request's way
/// there. The link is a member of its collection, and so is what a client reads and writes through it (RFC 4918, 6.1).
bool covers(const ActiveLock& lock, const Caller& caller, const ResourcePath& path);

/// The locks for which covers() holds, each once. Links in tags of the If header do not count.
std::vector<store::LockStore::Lock> locks_over(const Services& services, const Caller& caller,
                                               const ResourcePath& path);
/// Adds those of `more` that are not in `locks` yet.
void add_locks(std::vector<store::LockStore::Lock>& locks, std::vector<store::LockStore::Lock> more);

/// Whether the request may change the content or the dead properties of `path` (PUT, PROPPATCH). It must submit every
/// exclusive lock that covers `path`, and at least one of the shared ones. Otherwise `locked` (423,
/// lock-token-submitted, with the hrefs of lock roots). Sentence and facts name the lock's owner and expiry, if the
/// user may know them.
Result<void> may_change(const Services& services, const Target& target, const ResourcePath& path);

/// Whether the request may add `path` to its parent or remove it from there. Checks locks on the parent collection, of
/// Depth 0 or infinity (RFC 4918, 7.4, 7.5).
Result<void> may_change_membership(const Services& services, const Target& target, const ResourcePath& path);

/// A failure for each lock at or below `path` whose token was not submitted: the members that block a DELETE or MOVE.
std::vector<Failure> unsubmitted_below(const Services& services, const Target& target, const ResourcePath& path);

/// Whether the change happened. With Changed::unknown it did; only whether it survives a crash is unknown.
template <typename T>
bool has_happened(const Result<T>& result) {
    return result || result.error().changed == Changed::unknown;
}

/// Runs `step`, which replaces the resource `there` at `path`, if there is one. The members below disappear, and their
/// locks with them. A lock on `path` itself stays: locks stay with URLs (RFC 4918, 7.6), and this URL is still mapped.
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

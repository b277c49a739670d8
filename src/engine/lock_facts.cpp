#include "lock_facts.hpp"

#include <algorithm>

#include "davit/core/amounts.hpp"
#include "davit/core/http_date.hpp"

namespace davit::engine {
namespace {

/// "until 2026-01-01T12:00:00Z (59 minutes left)"
std::string until(const HeldLock& lock) {
    std::string text = "until ";
    append_rfc3339(text, lock.expires);
    return text + " (" + duration_text(lock.remaining) + " left)";
}

}  // namespace

std::string not_named(std::size_t count, std::string_view what) {
    return std::to_string(count) + " more " + std::string(what) + ".";
}

void cap_culprits(Failure& failure, std::string_view what) {
    const auto count = std::max(failure.culprits.size(), failure.facts.locks.size());
    if (count <= max_named) return;
    failure.culprits.resize(std::min(failure.culprits.size(), max_named));
    failure.facts.locks.resize(std::min(failure.facts.locks.size(), max_named));
    std::erase_if(failure.facts.collections, [&](const ResourcePath& collection) {
        return std::ranges::find(failure.culprits, collection) == failure.culprits.end();
    });
    failure.sentence += " " + not_named(count - max_named, what);
}

HeldLock held_lock(const Services& services, const Caller& asker, const ActiveLock& lock) {
    using std::chrono::seconds;
    const bool named = !lock.principal.empty() && !asker.principal.empty();
    const auto remaining = lock.expires - services.clock.monotonic();
    // The user may not read the locked member: the response says only that a lock exists.
    const bool shown = asker.may_read(lock.root);
    return {.root = shown ? lock.root : asker.access->asked(),
            .root_is_collection = shown && lock.root_is_collection,
            .scope = lock.scope,
            .owner = !shown ? std::string() : (named ? lock.principal : owner_text(lock)),
            .expires = std::chrono::round<seconds>(services.clock.now() + remaining),
            .remaining = std::chrono::floor<seconds>(remaining)};
}

Failure locked(const Services& services, const Caller& asker, std::span<const store::LockStore::Lock> locks) {
    Failure failure{FailureCode::locked, {}, {}};
    for (const auto& lock : locks) {
        failure.facts.locks.push_back(held_lock(services, asker, *lock));
        const auto& root = failure.facts.locks.back().root;
        if (std::ranges::find(failure.culprits, root) == failure.culprits.end()) failure.culprits.push_back(root);
    }
    const auto& first = failure.facts.locks.front();
    failure.sentence = asker.href(first.root, first.root_is_collection) + " is locked";
    if (!first.owner.empty()) failure.sentence += " by " + first.owner;
    failure.sentence += " " + until(first) + "; the request does not carry the lock's token.";
    cap_culprits(failure);
    return failure;
}

Failure lock_conflict(const Services& services, const Caller& asker, const ActiveLock& held) {
    auto lock = held_lock(services, asker, held);
    auto sentence = asker.href(lock.root, lock.root_is_collection) + " has ";
    sentence += lock.scope == LockScope::exclusive ? "an exclusive lock" : "a shared lock";
    if (!lock.owner.empty()) sentence += " of " + lock.owner;
    Failure failure{FailureCode::lock_conflict, sentence + " already, " + until(lock) + ".", {lock.root}};
    failure.facts.locks.push_back(std::move(lock));
    return failure;
}

}  // namespace davit::engine

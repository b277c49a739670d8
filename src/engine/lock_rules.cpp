#include "davit/engine/lock_rules.hpp"

#include <algorithm>
#include <map>

#include "lock_facts.hpp"

namespace davit::engine {
namespace {

using Lock = store::LockStore::Lock;

/// The tokens of a request, sorted: a tree may have as many locks as the header has tokens.
class SubmittedTokens {
public:
    explicit SubmittedTokens(const Target& target) : sender_(target.caller.principal) {
        if (!target.if_header()) return;
        for (const auto& list : target.if_header()->lists)
            for (const auto& condition : list.conditions)
                if (const auto* token = std::get_if<LockToken>(&condition.what)) tokens_.push_back(*token);
        std::ranges::sort(tokens_);
    }
    /// A token counts when the request submits it and its sender holds the lock (RFC 4918, 6.4: knowing the token is
    /// not enough).
    bool open(const ActiveLock& lock) const {
        return std::ranges::binary_search(tokens_, std::string_view(lock.token)) &&
               (lock.principal.empty() || lock.principal == sender_);
    }

private:
    std::vector<std::string_view> tokens_;
    std::string_view sender_;
};

/// One token of several shared locks is enough, because every holder may write (RFC 4918, 6.2).
std::vector<Lock> standing_in_the_way(const SubmittedTokens& tokens, std::vector<Lock> locks) {
    const bool shared_opened = std::ranges::any_of(
        locks, [&](const Lock& lock) { return lock->scope == LockScope::shared && tokens.open(*lock); });
    std::erase_if(locks, [&](const Lock& lock) {
        return tokens.open(*lock) || (lock->scope == LockScope::shared && shared_opened);
    });
    return locks;
}

Result<void> need_tokens(const Services& services, const Target& target, std::vector<Lock> locks) {
    if (locks.empty()) return {};
    const auto closed = standing_in_the_way(SubmittedTokens(target), std::move(locks));
    if (closed.empty()) return {};
    return std::unexpected(locked(services, target.caller, closed));
}

void add_locks_of_links(const Services& services, const Caller& caller, const ResourcePath& path,
                        std::vector<Lock>& locks) {
    for (const auto& passed : caller.passed_links)
        if (!passed.in_if && passed.to.contains(path)) add_locks(locks, services.locks.covering(passed.link));
}

}  // namespace

bool covers(const ActiveLock& lock, const Caller& caller, const ResourcePath& path) {
    return lock.covers(path) || std::ranges::any_of(caller.passed_links, [&](const PassedLink& passed) {
               return passed.to.contains(path) && lock.covers(passed.link);
           });
}

void add_locks(std::vector<Lock>& locks, std::vector<Lock> more) {
    for (auto& lock : more)
        if (std::ranges::none_of(locks, [&](const Lock& known) { return known->token == lock->token; }))
            locks.push_back(std::move(lock));
}

std::vector<Lock> locks_over(const Services& services, const Caller& caller, const ResourcePath& path) {
    auto locks = services.locks.covering(path);
    add_locks_of_links(services, caller, path, locks);
    return locks;
}

Result<void> may_change(const Services& services, const Target& target, const ResourcePath& path) {
    ask(services, Gate::locks);
    if (services.locks.empty()) return {};
    return need_tokens(services, target, locks_over(services, target.caller, path));
}

Result<void> may_change_membership(const Services& services, const Target& target, const ResourcePath& path) {
    ask(services, Gate::locks);
    if (services.locks.empty() || path.is_root()) return {};
    auto locks = services.locks.covering(path.parent());
    add_locks_of_links(services, target.caller, path, locks);
    return need_tokens(services, target, std::move(locks));
}

std::vector<Failure> unsubmitted_below(const Services& services, const Target& target, const ResourcePath& path) {
    ask(services, Gate::locks);
    if (services.locks.empty()) return {};
    std::map<ResourcePath, std::vector<Lock>> by_root;
    for (auto& lock : services.locks.below(path)) by_root[lock->root].push_back(std::move(lock));
    const SubmittedTokens tokens(target);
    std::vector<Failure> failures;
    for (auto& [root, locks] : by_root) {
        const auto closed = standing_in_the_way(tokens, std::move(locks));
        if (!closed.empty()) failures.push_back(locked(services, target.caller, closed));
    }
    return failures;
}

}  // namespace davit::engine

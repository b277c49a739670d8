#include "davit/engine/lock.hpp"

#include <algorithm>

#include "davit/engine/lock_rules.hpp"
#include "lock_facts.hpp"
#include "preconditions.hpp"
#include "present.hpp"

namespace davit::engine {
namespace {

using Lock = store::LockStore::Lock;
using std::chrono::seconds;

std::unexpected<Refusal> refuse(FailureCode code, std::string sentence) {
    return std::unexpected(Refusal(Failure{code, std::move(sentence), {}}));
}

seconds granted(const Policy& policy, std::optional<seconds> asked) {
    return std::clamp(asked.value_or(policy.lock_timeout_default), policy.lock_timeout_min, policy.lock_timeout_max);
}

/// RFC 4918, 6.2: an exclusive lock conflicts with every lock, a shared one with exclusive ones only.
bool conflicts(LockScope asked, const ActiveLock& held) {
    return asked == LockScope::exclusive || held.scope == LockScope::exclusive;
}

/// The checks of a LOCK whose scope is still unknown: all that do not depend on the scope.
class MayLockQuestions : public WriteQuestions {
public:
    MayLockQuestions(const Services& services, const Target& target, Depth depth, store::Waiting waiting)
        : WriteQuestions(services, target), depth_(depth), waiting_(waiting) {}

    Answer<void> if_header() override {
        if (waiting_ == store::Waiting::refused && target_.if_header())
            return fail(FailureCode::would_block, "The If header may ask the disk about other resources.");
        return WriteQuestions::if_header();
    }
    Answer<void> existence() override {
        ask(services_, Gate::existence);
        auto info = look_up(services_, target_.path, waiting_);
        if (!info) return std::unexpected(std::move(info.error()));
        there = *info;
        if (!there && waiting_ == store::Waiting::refused)
            return fail(FailureCode::would_block, "Its parent has to be looked at, and a file to be made.");
        return {};
    }
    Answer<void> type() override {
        if (is_collection()) return {};
        return may_be_file(target_);
    }
    Answer<void> parent() override {
        if (there) return {};
        return require_parent(services_, target_.caller, target_.path);
    }
    Answer<void> depth() override {
        if (depth_ != Depth::one) return {};
        return fail(FailureCode::depth_not_allowed, "Depth: 1 has no meaning for LOCK.");
    }
    Answer<void> name() override {
        if (there) return {};
        return may_be_named(services_, target_.path);
    }
    Answer<void> locks() override;
    Answer<void> conditions() override {
        if (undecided_) return {};
        return check_conditions(there);
    }

    bool is_collection() const { return there && there->collection; }

    std::optional<store::ResourceInfo> there;

protected:
    Answer<void> check_parent_lock() {
        if (there) return {};
        return may_change_membership(services_, target_, target_.path);
    }

    Depth depth_;
    store::Waiting waiting_;

private:
    bool undecided_ = false;  ///< the scope decides about locks, which are checked before the conditions
};

/// An exclusive lock conflicts with every new one. For a shared lock the body decides.
Answer<void> MayLockQuestions::locks() {
    if (auto open = check_parent_lock(); !open) return open;
    ask(services_, Gate::locks);
    const auto covering = locks_over(services_, target_.caller, target_.path);
    for (const auto& held : covering)
        if (held->scope == LockScope::exclusive)
            return std::unexpected(lock_conflict(services_, target_.caller, *held));
    undecided_ = !covering.empty() || (depth_ == Depth::infinity && is_collection() && !services_.locks.empty());
    return {};
}

class LockQuestions final : public MayLockQuestions {
public:
    LockQuestions(const Services& services, const LockRequest& request, store::Waiting waiting)
        : MayLockQuestions(services, request.target, request.depth, waiting), request_(request) {}

    Answer<void> locks() override {
        if (auto open = check_parent_lock(); !open) return open;
        if (auto open = check_covering(); !open) return open;
        return check_members();
    }
    Answer<void> conditions() override { return check_conditions(there); }
    Answer<void> room() override;

private:
    Answer<void> check_covering();
    Answer<void> check_members();

    const LockRequest& request_;
};

/// A lock on the Request-URI or an ancestor refuses the whole request (RFC 4918, 9.10.5, 9.10.6). The number of shared
/// locks is bounded, because every response about a resource lists all that cover it.
Answer<void> LockQuestions::check_covering() {
    ask(services_, Gate::locks);
    const auto covering = locks_over(services_, target_.caller, target_.path);
    for (const auto& held : covering)
        if (conflicts(request_.info.scope, *held))
            return std::unexpected(lock_conflict(services_, target_.caller, *held));
    if (covering.size() < services_.policy.max_shared_locks) return {};
    auto failure = fail(FailureCode::too_many_shared_locks,
                        "The resource has " + std::to_string(covering.size()) +
                            " shared locks already, and may have no more (locks.max_shared_per_resource).");
    failure.error().retry_after = seconds(60);
    return failure;
}

/// Members with conflicting locks, for a LOCK of Depth infinity: each is a step of one plan. The Request-URI, its last
/// step, depends on them (RFC 4918, 9.10.9).
std::optional<Refusal> refuse_for_members(const Services& services, const LockRequest& request, bool collection) {
    std::vector<Lock> held;
    for (auto& lock : services.locks.below(request.target.path))
        if (conflicts(request.info.scope, *lock)) held.push_back(std::move(lock));
    if (held.empty()) return std::nullopt;
    // Names no member that the user may not read.
    for (const auto& lock : held)
        if (!request.target.caller.may_name(lock->root))
            return Refusal(lock_conflict(services, request.target.caller, *lock));
    std::ranges::sort(held, {}, [](const Lock& lock) -> const ResourcePath& { return lock->root; });
    const auto again =
        std::ranges::unique(held, {}, [](const Lock& lock) -> const ResourcePath& { return lock->root; });
    held.erase(again.begin(), again.end());
    const auto count = held.size();
    held.resize(std::min(count, max_named));

    plan::Plan plan{plan::Atomicity::best_effort, {}};
    for (const auto& lock : held) plan.steps.push_back({lock->root, {}});
    plan.steps.push_back({request.target.path, {}});
    for (plan::StepIndex i = 0; i < held.size(); ++i) plan.steps.back().needs.push_back(i);
    const auto report = plan::execute(std::move(plan), [&](plan::StepIndex step) {
        return std::optional(lock_conflict(services, request.target.caller, *held[step]));
    });

    std::vector<Response> responses;
    for (const auto cause : report.causes())
        responses.push_back({held[cause]->root, held[cause]->root_is_collection, EntryStatus(report.failure(cause))});
    const auto& last = std::get<plan::FailedDependency>(report.outcomes().back());
    const auto& culprit = *held[last.cause()];
    responses.push_back(
        {request.target.path, collection,
         EntryStatus(Cause{culprit.root, culprit.root_is_collection, {}, FailureCode::lock_conflict, last.cause()})});
    Refusal refusal(report.failure(last.cause()));
    if (count > held.size()) {
        auto& first = std::get<Failure>(std::get<EntryStatus>(responses.front().body));
        first.sentence += " " + not_named(count - held.size(), "members have conflicting locks");
        refusal.failure = first;
    }
    refusal.body.emplace(std::move(responses));
    refusal.dependents = report.dependents();
    refusal.culprit = culprit.root;
    return refusal;
}

bool has_room(const Services& services, const Caller& caller) {
    const auto& policy = services.policy;
    return services.locks.count() < policy.max_locks && services.locks.bytes() < policy.max_lock_bytes &&
           services.locks.count(caller.principal) < policy.max_locks_per_principal;
}

Answer<void> LockQuestions::check_members() {
    constexpr std::size_t many = 1000;
    if (is_collection() && waiting_ == store::Waiting::refused && services_.locks.count() > many)
        return fail(FailureCode::would_block, "All locks below have to be gone through.");
    if (request_.depth != Depth::infinity) return {};
    if (auto refusal = refuse_for_members(services_, request_, is_collection()))
        return std::unexpected(std::move(*refusal));
    return {};
}

Answer<void> LockQuestions::room() {
    ask(services_, Gate::room);
    if (has_room(services_, target_.caller)) return {};
    if (waiting_ == store::Waiting::refused) return fail(FailureCode::would_block, "Room has to be made for the lock.");
    services_.locks.drop_expired();
    if (has_room(services_, target_.caller)) return {};
    auto failure =
        fail(FailureCode::too_many_locks, "There are too many locks; some must be released or time out first.");
    failure.error().retry_after = seconds(60);
    return failure;
}

Lock make_lock(const Services& services, const LockRequest& request, bool collection) {
    const auto now = services.clock.monotonic();
    const auto timeout = granted(services.policy, request.timeout);
    return std::make_shared<const ActiveLock>(ActiveLock{.token = services.tokens.mint(),
                                                         .root = request.target.path,
                                                         .root_is_collection = collection,
                                                         .scope = request.info.scope,
                                                         .depth = request.depth,
                                                         .owner_xml = request.info.owner_xml,
                                                         .principal = std::string(request.target.caller.principal),
                                                         .timeout = timeout,
                                                         .created = now,
                                                         .expires = now + timeout,
                                                         .client = std::string(request.target.caller.client),
                                                         .request_id = std::string(request.target.caller.request_id),
                                                         .written_root = request.written_root});
}

/// RFC 4918, 7.3: a lock on an unmapped URL creates an empty resource.
Result<void> create_empty(const Services& services, const ResourcePath& path) {
    auto upload = services.resources.begin_upload(path, 0);
    if (!upload) return std::unexpected(std::move(upload.error()));
    auto committed = (*upload)->commit(path, store::Replace::must_not_exist, {}, store::Parent::as_begun);
    if (!committed && committed.error().code != FailureCode::already_exists)
        return std::unexpected(std::move(committed.error()));
    return {};
}

/// Removes the lock when the file was not created. In the `unknown` case the file exists but may not survive a crash:
/// then both are removed, or both stay.
void take_back(const Services& services, const ActiveLock& lock, Failure& failure) {
    if (failure.changed == Changed::unknown) {
        const auto removed = services.resources.remove(lock.root);
        if (!removed && removed.error().changed == Changed::none) return;
        if (removed) failure.changed = Changed::none;
    }
    services.locks.remove_tree(lock.root);
}

/// The single lock in the If header that covers the resource.
Answer<ActiveLock> named_lock(const Services& services, const Target& target) {
    const auto& header = target.if_header();
    if (!header)
        return refuse(FailureCode::lock_refresh_unclear,
                      "A LOCK without body refreshes a lock; name it in an If header.");
    std::vector<Lock> named;
    for (auto& lock : locks_over(services, target.caller, target.path))
        if (header->submits(lock->token)) named.push_back(std::move(lock));
    if (named.empty())
        return refuse(FailureCode::lock_refresh_mismatch,
                      "The If header names no lock of this resource; it may have timed out.");
    if (named.size() > 1)
        return refuse(FailureCode::lock_refresh_unclear, "The If header names several locks; refresh one at a time.");
    return *named.front();
}

bool is_holder(const ActiveLock& lock, const Target& target) {
    return lock.principal.empty() || lock.principal == target.caller.principal;
}

/// The submitted locks that this request uses.
std::vector<Lock> held_locks(const Services& services, const Target& target) {
    const auto& header = target.if_header();
    if (!header || services.locks.empty()) return {};
    auto locks = locks_over(services, target.caller, target.path);
    std::erase_if(locks, [&](const Lock& lock) { return !header->submits(lock->token) || !is_holder(*lock, target); });
    return locks;
}

}  // namespace

Answer<void> may_lock(const Services& services, const Target& target, Depth depth) {
    MayLockQuestions questions(services, target, depth, store::Waiting::allowed);
    return check_preconditions(questions);
}

Answer<LockOffer> evaluate_lock(const Services& services, const LockRequest& request, store::Waiting waiting) {
    if (request.info.owner_xml.size() > LockInfo::longest_owner)
        return refuse(FailureCode::lock_owner_too_large,
                      "DAV:owner has " + std::to_string(request.info.owner_xml.size()) + " bytes; a lock may have " +
                          std::to_string(LockInfo::longest_owner) + ".");
    LockQuestions questions(services, request, waiting);
    if (auto passed = check_preconditions(questions); !passed) return std::unexpected(std::move(passed.error()));
    return LockOffer{make_lock(services, request, questions.is_collection()), questions.there.has_value()};
}

Answer<LockOutcome> grant_lock(const Services& services, LockOffer offer) {
    auto& lock = offer.lock;
    // The lock comes first: no request ever sees the file without its lock.
    if (auto added = services.locks.add(lock); !added) return std::unexpected(std::move(added.error()));
    if (offer.mapped) return LockOutcome{std::move(lock), false};
    if (auto made = create_empty(services, lock->root); !made) {
        take_back(services, *lock, made.error());
        return std::unexpected(std::move(made.error()));
    }
    return LockOutcome{std::move(lock), true};
}

Answer<LockOutcome> lock(const Services& services, const LockRequest& request) {
    auto offer = evaluate_lock(services, request, store::Waiting::allowed);
    if (!offer) return std::unexpected(std::move(offer.error()));
    return grant_lock(services, std::move(*offer));
}

namespace {

class RefreshQuestions final : public WriteQuestions {
public:
    using WriteQuestions::WriteQuestions;

    /// The lock is checked first: "the lock has expired" tells the client more than "the If header does not hold".
    Answer<void> if_header() override {
        ask(services_, Gate::if_header);
        auto named = named_lock(services_, target_);
        if (!named) return std::unexpected(std::move(named.error()));
        lock = std::move(*named);
        return WriteQuestions::if_header();
    }
    Answer<void> type() override {
        if (!target_.names_collection) return {};
        const auto info = look_up(services_, target_.path);
        if (info && *info && (*info)->collection) return {};
        return may_be_file(target_);
    }
    Answer<void> locks() override {
        ask(services_, Gate::locks);
        if (is_holder(lock, target_)) return {};
        return refuse(FailureCode::lock_not_owner, "The lock belongs to another user.");
    }
    /// No condition was sent, so the resource need not be looked up.
    Answer<void> conditions() override {
        const auto* given = target_.preconditions.get();
        if (!given || !(given->if_match || given->if_none_match || given->if_unmodified_since))
            return check_conditions(std::nullopt);
        const auto info = look_up(services_, target_.path);
        if (!info) return std::unexpected(info.error());
        return check_conditions(*info);
    }

    ActiveLock lock;
};

}  // namespace

Answer<LockOutcome> refresh(const Services& services, const Target& target, std::optional<seconds> timeout) {
    RefreshQuestions questions(services, target);
    if (auto passed = check_preconditions(questions); !passed) return std::unexpected(std::move(passed.error()));
    auto& lock = questions.lock;
    lock.timeout = granted(services.policy, timeout);
    lock.expires = services.clock.monotonic() + lock.timeout;
    auto refreshed = services.locks.refresh(lock.token, lock.timeout, lock.expires);
    if (refreshed) return LockOutcome{std::make_shared<const ActiveLock>(std::move(lock)), false};
    if (refreshed.error().code == FailureCode::not_found)
        return refuse(FailureCode::lock_refresh_mismatch, "The lock has just timed out.");
    return std::unexpected(std::move(refreshed.error()));
}

std::chrono::system_clock::time_point keep_alive_due(const Services& services, const Target& target, seconds patience) {
    auto due = std::chrono::system_clock::time_point::max();
    for (const auto& lock : held_locks(services, target)) due = std::min(due, lock->expires - patience);
    return due;
}

std::chrono::system_clock::time_point keep_alive(const Services& services, const Target& target, seconds patience) {
    const auto now = services.clock.monotonic();
    for (const auto& lock : held_locks(services, target)) {
        if (lock->expires - patience > now) continue;
        // Twice the patience, so that a lock with a shorter timeout is not written again for every piece of the body.
        const auto expires = now + std::max(lock->timeout, 2 * patience);
        // A lock that cannot be extended expires as before. The commit checks the locks again.
        (void)services.locks.refresh(lock->token, lock->timeout, expires);
    }
    return keep_alive_due(services, target, patience);
}

namespace {

class UnlockQuestions final : public WriteQuestions {
public:
    UnlockQuestions(const Services& services, const Target& target, const LockToken& token, store::Waiting waiting)
        : WriteQuestions(services, target), token_(token), waiting_(waiting) {}

    Answer<void> if_header() override {
        if (waiting_ == store::Waiting::refused && target_.if_header())
            return fail(FailureCode::would_block, "The If header may ask the disk about other resources.");
        return WriteQuestions::if_header();
    }
    /// Reads memory only: a locked file has been looked up recently.
    Answer<void> existence() override {
        if (!target_.names_collection) return {};
        const auto info = services_.resources.stat(target_.path, store::Waiting::refused);
        if (!info) return {};
        return check_slash(target_, *info);
    }
    /// Any URL that the lock covers is valid (RFC 4918, 9.11).
    Answer<void> locks() override {
        ask(services_, Gate::locks);
        const auto lock = services_.locks.find(token_);
        if (!lock || !covers(*lock, target_.caller, target_.path))
            return refuse(FailureCode::lock_token_mismatch,
                          "No lock with this token covers the resource; it may have timed out.");
        if (is_holder(*lock, target_)) return {};
        return refuse(FailureCode::lock_not_owner, "The lock belongs to another user.");
    }

private:
    const LockToken& token_;
    store::Waiting waiting_;
};

}  // namespace

Answer<void> evaluate_unlock(const Services& services, const Target& target, const LockToken& token,
                             store::Waiting waiting) {
    UnlockQuestions questions(services, target, token, waiting);
    return check_preconditions(questions);
}

Answer<void> unlocked(const Result<void>& removed) {
    if (removed) return {};
    if (removed.error().code == FailureCode::not_found)
        return refuse(FailureCode::lock_token_mismatch, "The lock with this token has just been released.");
    return std::unexpected(removed.error());
}

Answer<void> unlock(const Services& services, const Target& target, const LockToken& token) {
    if (auto passed = evaluate_unlock(services, target, token, store::Waiting::allowed); !passed) return passed;
    return unlocked(services.locks.remove(token));
}

}  // namespace davit::engine

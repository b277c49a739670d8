#include "davit/engine/conditions.hpp"

#include <algorithm>
#include <map>

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"

namespace davit::engine {
namespace {

using Info = std::optional<store::ResourceInfo>;

/// The current tag in the sentence saves the client a request. The tag contains size and time, so users with only the
/// write right do not get it.
std::unexpected<Failure> unmet(std::string_view field, const Target& target, const Info& info) {
    std::string sentence(field);
    sentence += " does not hold";
    if (!info)
        sentence += "; there is nothing at this URL";
    else if (target.caller.may_read(target.path))
        sentence += "; the entity tag is " + store::entity_tag(*info).str();
    return fail(FailureCode::precondition_failed, std::move(sentence += '.'));
}

bool matches_strongly(const EntityTagList& list, const Info& info) {
    if (!info) return false;
    const store::OpaqueTag current(*info);
    return list.any ||
           std::ranges::any_of(list.tags, [&](const ETag& tag) { return !tag.weak && tag.opaque == current.str(); });
}

bool matches_weakly(const EntityTagList& list, const Info& info) {
    if (!info) return false;
    const store::OpaqueTag current(*info);
    return list.any || std::ranges::any_of(list.tags, [&](const ETag& tag) { return tag.opaque == current.str(); });
}

/// RFC 9110, 13.1.1: If-Match compares strongly. A proxy that compresses responses turns strong tags into weak ones.
std::unexpected<Failure> unmet_match(const EntityTagList& list, const Target& target, const Info& info) {
    auto failure = unmet("If-Match", target, info);
    if (matches_weakly(list, info) && target.caller.may_read(target.path))
        failure.error().sentence +=
            " The tag that was sent is that one made weak, as proxies do that compress answers.";
    return failure;
}

std::chrono::sys_seconds modified(const store::ResourceInfo& info) {
    return std::chrono::floor<std::chrono::seconds>(info.modified);
}

/// Evaluates the lists of one If header.
class IfEvaluation {
public:
    IfEvaluation(const Services& services, const Target& target)
        : services_(services), request_uri_(target.path), link_target_(target.link_target), asker_(target.caller) {}

    Result<bool> holds(const IfHeader& header) const {
        for (const auto& list : header.lists) {
            const auto held = holds(list);
            if (!held || *held) return held;
        }
        return false;
    }

private:
    Result<bool> holds(const ConditionList& list) const {
        if (list.tag && !list.tag->path) return false;
        const auto& path = list.tag ? *list.tag->path : request_uri_;
        for (const auto& condition : list.conditions) {
            const auto matched = matches(condition, path);
            if (!matched) return matched;
            if (*matched == condition.negated) return false;
        }
        return true;
    }

    Result<bool> matches(const Condition& condition, const ResourcePath& path) const {
        if (const auto* token = std::get_if<LockToken>(&condition.what)) {
            const auto lock = services_.locks.find(*token);
            return lock && covers(*lock, path) && (is_shown(path) || lock->principal == asker_.principal);
        }
        if (!is_shown(path)) return false;
        const auto tag = tag_of(path);
        if (!tag) return std::unexpected(tag.error());
        return *tag && std::get<ETag>(condition.what).strong_equals(**tag);
    }

    /// Looked up once, however many conditions need it.
    Result<std::optional<ETag>> tag_of(const ResourcePath& path) const {
        if (const auto known = tags_.find(path); known != tags_.end()) return known->second;
        const auto info = look_up(services_, path);
        if (!info) return std::unexpected(info.error());
        return tags_.emplace(path, *info ? std::optional(store::entity_tag(**info)) : std::nullopt).first->second;
    }

    /// The URL of a link means its target: there the client has discovered the lock.
    bool covers(const ActiveLock& lock, const ResourcePath& path) const {
        return engine::covers(lock, asker_, path) ||
               (path == request_uri_ && link_target_ && lock.covers(*link_target_));
    }

    /// If the user may not read a resource, its conditions neither hold nor fail by its state.
    bool is_shown(const ResourcePath& path) const { return path == request_uri_ || asker_.may_read(path); }

    mutable std::map<ResourcePath, std::optional<ETag>> tags_;
    const Services& services_;
    const ResourcePath& request_uri_;
    const std::optional<ResourcePath>& link_target_;
    const Caller& asker_;
};

}  // namespace

Result<ConditionResult> check_representation(const Target& target, const Info& info, bool reading) {
    if (!target.preconditions) return ConditionResult::proceed;
    const auto& conditions = *target.preconditions;
    if (conditions.if_match) {
        if (!matches_strongly(*conditions.if_match, info)) return unmet_match(*conditions.if_match, target, info);
    } else if (conditions.if_unmodified_since && info) {
        if (modified(*info) > *conditions.if_unmodified_since) return unmet("If-Unmodified-Since", target, info);
    }
    if (conditions.if_none_match) {
        if (matches_weakly(*conditions.if_none_match, info)) {
            if (reading) return ConditionResult::not_modified;
            return unmet("If-None-Match", target, info);
        }
    } else if (reading && conditions.if_modified_since && info) {
        if (modified(*info) <= *conditions.if_modified_since) return ConditionResult::not_modified;
    }
    return ConditionResult::proceed;
}

Result<void> check_if(const Services& services, const Target& target) {
    ask(services, Gate::if_header);
    if (!target.if_header()) return {};
    const auto held = IfEvaluation(services, target).holds(*target.if_header());
    if (!held) return std::unexpected(held.error());
    if (!*held)
        return fail(
            FailureCode::precondition_failed,
            "No list of the If header holds: a lock has gone or changed, or an entity tag is no longer current.");
    return {};
}

}  // namespace davit::engine

#include "davit/engine/copy_move.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

enum class Verb : std::uint8_t { copy, move };

struct Ends {
    store::ResourceInfo source;
    std::optional<store::ResourceInfo> destination;
};

/// RFC 4918, 9.8.5, 9.9.4: nothing onto itself, nothing into itself, nothing that would take its own source away.
Result<void> check_places(const TransferRequest& request, Verb verb) {
    const auto& from = request.target.path;
    const auto& to = request.destination;
    if (from == to) return fail(FailureCode::same_resource, "Source and Destination are the same resource.");
    if (from.contains(to) && (verb == Verb::move || request.depth == Depth::infinity))
        return fail(FailureCode::destination_inside_source, "The Destination lies inside the source.");
    if (to.contains(from))
        return fail(FailureCode::destination_inside_source, "The source lies inside the Destination it would replace.");
    return {};
}

/// Locks that guard what disappears from the source's place: only MOVE takes something away there.
Result<void> check_source_locks(const Services& services, const TransferRequest& request) {
    const auto& from = request.target.path;
    if (auto open = may_change_membership(services, request.target, from); !open) return open;
    return may_change(services, request.target, from);
}

/// An unlocked Destination asks for no token of its own, whatever was locked at the source (USERS.md, row 3).
Result<void> check_destination_locks(const Services& services, const TransferRequest& request, bool exists) {
    const auto& to = request.destination;
    if (!exists)
        if (auto open = may_change_membership(services, request.target, to); !open) return open;
    return may_change(services, request.target, to);
}

Result<Ends> check(const Services& services, const TransferRequest& request, Verb verb) {
    const auto& target = request.target;
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    Ends ends;
    auto source = require(services, target.path);
    if (!source) return std::unexpected(std::move(source.error()));
    ends.source = *source;
    if (auto sound = check_places(request, verb); !sound) return std::unexpected(std::move(sound.error()));
    auto destination = look_up(services, request.destination);
    if (!destination) return std::unexpected(std::move(destination.error()));
    ends.destination = *destination;
    if (!ends.destination)
        if (auto parent = require_parent(services, request.destination); !parent)
            return std::unexpected(parent.error());
    if (verb == Verb::move)
        if (auto open = check_source_locks(services, request); !open) return std::unexpected(open.error());
    if (auto open = check_destination_locks(services, request, ends.destination.has_value()); !open)
        return std::unexpected(open.error());
    const auto result = check_representation(target.preconditions, ends.source, false);
    if (!result) return std::unexpected(result.error());
    if (ends.destination && !request.overwrite)
        return fail(FailureCode::overwrite_refused, "Something exists at the Destination and Overwrite is F.");
    return ends;
}

/// Members whose locks hold the whole up (RFC 4918, 9.8.3, 9.9.2).
std::vector<std::pair<ResourcePath, Failure>> locked_members(const Services& services, const TransferRequest& request,
                                                             Verb verb) {
    std::vector<std::pair<ResourcePath, Failure>> members;
    const auto add = [&](const ResourcePath& path) {
        for (auto& failure : unsubmitted_below(services, request.target, path)) {
            auto culprit = failure.culprits.front();
            members.emplace_back(std::move(culprit), std::move(failure));
        }
    };
    if (verb == Verb::move) add(request.target.path);
    add(request.destination);
    return members;
}

/// Best effort still replaces by deleting first (RFC 4918, 9.8.4), whole or not at all. A lock on the Destination
/// itself stays: locks stay with URLs (RFC 4918, 7.7), and this URL is about to be mapped again.
Result<void> clear_destination(const Services& services, const TransferRequest& request, const Ends& ends) {
    if (!ends.destination) return {};
    if (auto noted = services.locks.will_replace(request.destination, *ends.destination); !noted) return noted;
    auto removed = services.resources.remove(request.destination);
    services.locks.replaced(request.destination, removed || removed.error().changed == Changed::unknown);
    return removed;
}

/// All at once. What was below a replaced Destination is gone, and its locks with it; so are a moved source's.
Result<bool> transfer_whole(const Services& services, const TransferRequest& request, const Ends& ends, Verb verb) {
    const auto& from = request.target.path;
    const auto& to = request.destination;
    const auto replace = request.overwrite ? store::Replace::may_exist : store::Replace::must_not_exist;
    if (ends.destination)
        if (auto noted = services.locks.will_replace(to, *ends.destination); !noted)
            return std::unexpected(std::move(noted.error()));
    auto done = verb == Verb::copy ? services.resources.copy(from, to, request.depth, replace)
                                   : services.resources.move(from, to, replace);
    // `unknown`: it has happened, only whether it outlives a crash is not known.
    const bool happened = done || done.error().changed == Changed::unknown;
    if (ends.destination) services.locks.replaced(to, happened);
    if (happened && verb == Verb::move) services.locks.remove_tree(from);
    return done;
}

Answer<bool> transfer(const Services& services, const TransferRequest& request, Verb verb) {
    const auto ends = check(services, request, verb);
    if (!ends) return std::unexpected(ends.error());
    const bool created = !ends->destination;
    const bool by_parts = services.policy.trees == plan::Atomicity::best_effort && ends->source.collection &&
                          request.depth == Depth::infinity;
    if (by_parts) {
        if (auto cleared = clear_destination(services, request, *ends); !cleared)
            return std::unexpected(cleared.error());
        return verb == Verb::copy ? copy_members(services, request, created) : move_members(services, request, created);
    }
    if (const auto members = locked_members(services, request, verb); !members.empty())
        return std::unexpected(refuse_members(members, 1));
    auto done = transfer_whole(services, request, *ends, verb);
    if (!done && done.error().code == FailureCode::already_exists)
        return std::unexpected(
            Failure{FailureCode::overwrite_refused, "Something exists at the Destination now and Overwrite is F.", {}});
    if (!done) return std::unexpected(std::move(done.error()));
    return *done;
}

}  // namespace

Answer<bool> copy(const Services& services, const TransferRequest& request) {
    return transfer(services, request, Verb::copy);
}

Answer<bool> move(const Services& services, const TransferRequest& request) {
    return transfer(services, request, Verb::move);
}

}  // namespace davit::engine

#include "davit/engine/copy_move.hpp"

#include <algorithm>
#include <iterator>

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

/// The root collection, or the asker's home: URLs begin there, so it always stays.
Failure stays(const ResourcePath& top, std::string_view what_not) {
    const bool root = top.is_root();
    return {root ? FailureCode::root_immutable : FailureCode::home_immutable,
            (root ? "The root collection cannot be " : "A home cannot be ") + std::string(what_not) + ".",
            {}};
}

/// RFC 4918, 9.8.5, 9.9.4: nothing onto itself, nothing into itself, nothing that would take its own source away.
Result<void> check_places(const TransferRequest& request, Verb verb) {
    const auto& from = request.target.path;
    const auto& to = request.destination;
    if (from == to) return fail(FailureCode::same_resource, "Source and Destination are the same resource.");
    const auto& caller = request.target.caller;
    if (verb == Verb::move && caller.is_top(from)) return std::unexpected(stays(from, "moved"));
    if (caller.is_top(to)) return std::unexpected(stays(to, "replaced"));
    if (from.contains(to) && (verb == Verb::move || request.depth == Depth::infinity))
        return fail(FailureCode::destination_inside_source, "The Destination lies inside the source.");
    if (to.contains(from))
        return fail(FailureCode::source_inside_destination, "The source lies inside the Destination it would replace.");
    return {};
}

/// RFC 4918, 9.8.3, 9.9.2.
Result<void> check_depth(const TransferRequest& request, Verb verb, const store::ResourceInfo& source) {
    if (request.depth == Depth::one)
        return fail(FailureCode::depth_not_allowed, "Depth: 1 has no meaning for COPY and MOVE.");
    if (verb == Verb::move && source.collection && request.depth != Depth::infinity)
        return fail(FailureCode::depth_not_allowed, "Depth: only infinity may be sent when moving a collection.");
    return {};
}

/// Locks that guard what disappears from the source's place: only MOVE takes something away there.
Result<void> check_source_locks(const Services& services, const TransferRequest& request) {
    const auto& from = request.target.path;
    if (auto open = may_change_membership(services, request.target, from); !open) return open;
    return may_change(services, request.target, from);
}

/// An unlocked Destination asks for no token of its own, whatever was locked at the source.
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
    auto source = require(services, target);
    if (!source) return std::unexpected(std::move(source.error()));
    ends.source = *source;
    if (auto sound = check_depth(request, verb, ends.source); !sound) return std::unexpected(std::move(sound.error()));
    if (auto sound = check_places(request, verb); !sound) return std::unexpected(std::move(sound.error()));
    auto destination = look_up(services, request.destination);
    if (!destination) return std::unexpected(std::move(destination.error()));
    ends.destination = *destination;
    // A collection that is there may be named with its slash and replaced by a file.
    const auto has_slash = [&] {
        return ends_in_slash(services, target.caller, target.path, ends.source) ||
               (ends.destination && ends_in_slash(services, target.caller, request.destination, *ends.destination));
    };
    if (request.destination_names_collection && !has_slash())
        return fail(FailureCode::not_a_collection,
                    "The Destination ends in a slash, which only a collection's URL does: the source is a file.");
    if (!ends.destination) {
        if (auto parent = require_parent(services, request.target.caller, request.destination); !parent)
            return std::unexpected(parent.error());
        if (auto named = may_be_named(services, request.destination); !named) return std::unexpected(named.error());
    }
    if (verb == Verb::move)
        if (auto open = check_source_locks(services, request); !open) return std::unexpected(open.error());
    if (auto open = check_destination_locks(services, request, ends.destination.has_value()); !open)
        return std::unexpected(open.error());
    ask(services, Gate::conditions);
    const auto result = check_representation(target, ends.source, false);
    if (!result) return std::unexpected(result.error());
    ask(services, Gate::overwrite);
    // A change of case, where the file system folds it, replaces nothing.
    const bool renames_itself =
        ends.destination && verb == Verb::move && services.resources.is_other_name(target.path, request.destination);
    if (ends.destination && !request.overwrite && !renames_itself)
        return fail(FailureCode::overwrite_refused, "Something exists at the Destination and Overwrite is F.");
    return ends;
}

/// Best effort still replaces by deleting first (RFC 4918, 9.8.4), whole or not at all. true: there was nothing.
Result<bool> clear_destination(const Services& services, const TransferRequest& request, const Ends& ends) {
    if (!ends.destination) return true;
    const auto& to = request.destination;
    auto cleared =
        replacing(services, to, ends.destination, [&] { return services.resources.remove(to, actor(request.target)); });
    if (!cleared) return std::unexpected(std::move(cleared.error()));
    return false;
}

/// Nothing has happened: the failure's own status, with the member that failed. Want of room is the Destination's,
/// whichever member came upon it.
Refusal refuse_transfer(const Services& services, const TransferRequest& request, Failure failure) {
    if (failure.status() == Status::insufficient_storage || failure.culprits.empty()) return failure;
    return refuse_for_member(services, request.target.caller, std::move(failure));
}

/// In one step: the copy built aside and renamed, or the rename itself.
Answer<bool> transfer_whole(const Services& services, const TransferRequest& request, Verb verb, const Ends& ends) {
    const auto replace = request.overwrite ? store::Replace::may_exist : store::Replace::must_not_exist;
    const auto& from = request.target.path;
    const auto& to = request.destination;
    const auto by = actor(request.target);
    auto done = replacing(services, to, ends.destination, [&] {
        const auto until = deadline(services);
        return verb == Verb::copy ? services.resources.copy(from, to, request.depth, replace, by, until)
                                  : services.resources.move(from, to, replace, by, request.waiting, until);
    });
    if (verb == Verb::move && has_happened(done)) services.locks.remove_tree(from);
    if (!done && done.error().code == FailureCode::already_exists)
        return std::unexpected(
            Failure{FailureCode::overwrite_refused, "Something exists at the Destination now and Overwrite is F.", {}});
    if (!done) return std::unexpected(refuse_transfer(services, request, std::move(done.error())));
    return *done;
}

Answer<bool> transfer_by_parts(const Services& services, const TransferRequest& request, Verb verb, const Ends& ends) {
    if (verb == Verb::move)
        if (auto free = services.resources.check_no_mount_inside(request.target.path); !free)
            return std::unexpected(refuse_transfer(services, request, std::move(free.error())));
    const auto clear = [&] { return clear_destination(services, request, ends); };
    return verb == Verb::copy ? copy_members(services, request, clear) : move_members(services, request, clear);
}

Answer<bool> transfer(const Services& services, const TransferRequest& request, Verb verb) {
    const auto ends = check(services, request, verb);
    if (!ends) return std::unexpected(ends.error());
    if (request.waiting == store::Waiting::refused && ends->destination)
        return std::unexpected(Failure{FailureCode::would_block, "Something stands at the Destination.", {}});
    const bool by_parts = services.policy.trees == plan::Atomicity::best_effort && ends->source.collection &&
                          request.depth == Depth::infinity;
    // A lock in the source holds up a MOVE alone: COPY changes nothing there.
    auto staying = verb == Verb::move ? locked_members(services, request.target, request.target.path) : FailedMembers{};
    // A Destination is replaced whole (RFC 4918, 9.8.4): no part of the work goes round a locked member of it.
    auto blocking = locked_members(services, request.target, request.destination);
    if (by_parts && blocking.empty() && !staying.empty()) return transfer_by_parts(services, request, verb, *ends);
    if (!by_parts) std::ranges::move(staying, std::back_inserter(blocking));
    if (!blocking.empty()) return std::unexpected(refuse_untouched(blocking, 1));
    // Even as much as possible is best done in one step where that can be.
    auto whole = transfer_whole(services, request, verb, *ends);
    if (!whole && by_parts && lacks_permission(whole.error().failure.code))
        return transfer_by_parts(services, request, verb, *ends);
    return whole;
}

}  // namespace

Answer<bool> copy(const Services& services, const TransferRequest& request) {
    return transfer(services, request, Verb::copy);
}

Answer<bool> move(const Services& services, const TransferRequest& request) {
    return transfer(services, request, Verb::move);
}

bool made_collection(const Services& services, const TransferRequest& request) {
    const auto made = services.resources.stat(request.destination);
    return made && ends_in_slash(services, request.target.caller, request.destination, *made);
}

bool keep_time(const Services& services, const TransferRequest& request) {
    return request.modified && services.properties.write(request.destination, {{}, request.modified, {}});
}

}  // namespace davit::engine

#include "davit/engine/copy_move.hpp"

#include <algorithm>
#include <iterator>

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "tree_plan.hpp"

namespace davit::engine {
namespace {

enum class Verb : std::uint8_t { copy, move };

class TransferQuestions final : public WriteQuestions {
public:
    TransferQuestions(const Services& services, const TransferRequest& request, Verb verb)
        : WriteQuestions(services, request.target), request_(request), moves_(verb == Verb::move) {}

    Answer<void> existence() override {
        auto info = require(services_, target_);
        if (!info) return std::unexpected(std::move(info.error()));
        source = *info;
        return {};
    }
    Answer<void> place() override;
    Answer<void> type() override;
    Answer<void> parent() override {
        if (destination) return {};
        return require_parent(services_, target_.caller, request_.destination);
    }
    Answer<void> depth() override;
    Answer<void> name() override {
        if (destination) return {};
        return may_be_named(services_, request_.destination);
    }
    Answer<void> locks() override;
    Answer<void> conditions() override { return check_conditions(source); }
    Answer<void> overwrite() override;

    /// True when the operation continues although a member failed.
    bool by_parts() const {
        return services_.policy.trees == plan::Atomicity::best_effort && source.collection &&
               request_.depth == Depth::infinity;
    }

    store::ResourceInfo source;
    std::optional<store::ResourceInfo> destination;
    FailedMembers staying;  ///< locked members of the source, which do not prevent the others from moving

private:
    Answer<void> check_link() const;
    Answer<void> check_source_locks();
    Answer<void> check_destination_locks();
    Answer<void> check_members();

    const TransferRequest& request_;
    bool moves_;
};

/// RFC 4918, 9.8.5, 9.9.4: refuses a resource onto itself, into itself, and onto an ancestor that contains it.
Answer<void> TransferQuestions::place() {
    const auto& from = target_.path;
    const auto& to = request_.destination;
    if (from == to) return fail(FailureCode::same_resource, "Source and Destination are the same resource.");
    const auto& caller = target_.caller;
    if (moves_ && caller.is_top(from)) return std::unexpected(stays(from, "moved"));
    if (caller.is_top(to)) return std::unexpected(stays(to, "replaced"));
    if (from.contains(to) && (moves_ || request_.depth == Depth::infinity))
        return fail(FailureCode::destination_inside_source, "The Destination lies inside the source.");
    if (to.contains(from))
        return fail(FailureCode::source_inside_destination, "The source lies inside the Destination it would replace.");
    return {};
}

/// MOVE acts on a link itself. If the link's target is the resource that it would replace, both URLs show one resource,
/// and the only entry of its content would be lost.
Answer<void> TransferQuestions::check_link() const {
    auto link = services_.resources.resolve(target_.path, store::LastLink::followed, request_.waiting);
    if (!link) return std::unexpected(std::move(link.error()));
    const auto& to = request_.destination;
    if (link->links.empty()) return {};
    // Mounted resources can have two paths.
    const bool same = source.identity == destination->identity && source.device == destination->device;
    if (!same && !store::leads_through(*link, to)) return {};
    if (same || link->path == to) return fail(FailureCode::same_resource, "The source is a link to the Destination.");
    return fail(FailureCode::source_inside_destination,
                "The source is a link that leads through the Destination it would replace.");
}

/// The client may address an existing collection with its slash and replace it by a file.
Answer<void> TransferQuestions::type() {
    auto info = look_up(services_, request_.destination);
    if (!info) return std::unexpected(std::move(info.error()));
    destination = *info;
    if (moves_ && destination)
        if (auto apart = check_link(); !apart) return apart;
    if (!request_.destination_names_collection) return {};
    const auto& caller = target_.caller;
    if (ends_in_slash(services_, caller, target_.path, source)) return {};
    if (destination && ends_in_slash(services_, caller, request_.destination, *destination)) return {};
    return fail(FailureCode::not_a_collection,
                "The Destination ends in a slash, which only a collection's URL does: the source is a file.");
}

/// RFC 4918, 9.8.3, 9.9.2.
Answer<void> TransferQuestions::depth() {
    if (request_.depth == Depth::one)
        return fail(FailureCode::depth_not_allowed, "Depth: 1 has no meaning for COPY and MOVE.");
    if (moves_ && source.collection && request_.depth != Depth::infinity)
        return fail(FailureCode::depth_not_allowed, "Depth: only infinity may be sent when moving a collection.");
    return {};
}

Answer<void> TransferQuestions::locks() {
    if (moves_)
        if (auto open = check_source_locks(); !open) return open;
    if (auto open = check_destination_locks(); !open) return open;
    return check_members();
}

/// Checks the locks at the source's place. Only MOVE removes something there.
Answer<void> TransferQuestions::check_source_locks() {
    if (auto open = may_change_membership(services_, target_, target_.path); !open) return open;
    return may_change(services_, target_, target_.path);
}

/// An unlocked Destination requires no token, whatever is locked at the source.
Answer<void> TransferQuestions::check_destination_locks() {
    const auto& to = request_.destination;
    if (!destination)
        if (auto open = may_change_membership(services_, target_, to); !open) return open;
    return may_change(services_, target_, to);
}

/// The operation replaces a Destination as a whole (RFC 4918, 9.8.4) and does not skip its locked members. Locks in the
/// source block only a MOVE, because COPY changes nothing there.
Answer<void> TransferQuestions::check_members() {
    auto blocking = locked_members(services_, target_, request_.destination);
    if (moves_) staying = locked_members(services_, target_, target_.path);
    if (!by_parts()) std::ranges::move(staying, std::back_inserter(blocking));
    if (blocking.empty()) return {};
    return std::unexpected(refuse_untouched(blocking, 1));
}

/// Where the file system ignores case, a change of case replaces nothing.
Answer<void> TransferQuestions::overwrite() {
    ask(services_, Gate::overwrite);
    if (!destination || request_.overwrite) return {};
    if (moves_ && services_.resources.is_other_name(target_.path, request_.destination)) return {};
    return fail(FailureCode::overwrite_refused, "Something exists at the Destination and Overwrite is F.");
}

/// Even a best-effort operation replaces by deleting first (RFC 4918, 9.8.4), completely or not at all. Returns true
/// when the Destination was unmapped.
Result<bool> clear_destination(const Services& services, const TransferRequest& request,
                               const TransferQuestions& ends) {
    if (!ends.destination) return true;
    const auto& to = request.destination;
    auto cleared =
        replacing(services, to, ends.destination, [&] { return services.resources.remove(to, actor(request.target)); });
    if (!cleared) return std::unexpected(std::move(cleared.error()));
    return false;
}

/// Nothing has changed: the response has the failure's own status and names the failed member. Missing disk space is
/// reported for the Destination, whichever member met it.
Refusal refuse_transfer(const Services& services, const TransferRequest& request, Failure failure) {
    if (failure.status() == Status::insufficient_storage || failure.culprits.empty()) return failure;
    return refuse_for_member(services, request.target.caller, std::move(failure));
}

/// One atomic step: the rename itself, or the rename of a copy that was built in a temporary place.
Answer<bool> transfer_whole(const Services& services, const TransferRequest& request, Verb verb,
                            const TransferQuestions& ends) {
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

Answer<bool> transfer_by_parts(const Services& services, const TransferRequest& request, Verb verb,
                               const TransferQuestions& ends) {
    const auto until = deadline(services);
    if (ends.destination)
        if (auto stay = services.resources.check_links_stay(request.target.path, request.destination, until); !stay)
            return std::unexpected(refuse_transfer(services, request, std::move(stay.error())));
    if (verb == Verb::move)
        if (auto free = services.resources.check_no_mount_inside(request.target.path); !free)
            return std::unexpected(refuse_transfer(services, request, std::move(free.error())));
    const auto clear = [&] { return clear_destination(services, request, ends); };
    return verb == Verb::copy ? copy_members(services, request, clear, until)
                              : move_members(services, request, clear, until);
}

Answer<bool> transfer(const Services& services, const TransferRequest& request, Verb verb) {
    TransferQuestions ends(services, request, verb);
    if (auto passed = check_preconditions(ends); !passed) return std::unexpected(std::move(passed.error()));
    if (request.waiting == store::Waiting::refused && ends.destination)
        return std::unexpected(Failure{FailureCode::would_block, "A resource exists at the Destination.", {}});
    if (!ends.staying.empty()) return transfer_by_parts(services, request, verb, ends);
    // Even a best-effort operation runs in one step when that succeeds.
    auto whole = transfer_whole(services, request, verb, ends);
    if (!whole && ends.by_parts() && lacks_permission(whole.error().failure.code))
        return transfer_by_parts(services, request, verb, ends);
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

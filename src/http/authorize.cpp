#include "davit/http/authorize.hpp"

#include <algorithm>
#include <array>

#include "davit/http/decode.hpp"
#include "davit/http/login.hpp"

namespace davit::http {
namespace {

std::string_view verb(Right right) {
    switch (right) {
        case Right::read:
            return "read";
        case Right::write:
            return "write";
        case Right::remove:
            return "delete or replace";
        case Right::lock:
            return "lock";
        case Right::properties:
            return "change properties";
    }
    return "do that";
}

constexpr std::array all_rights{Right::read, Right::write, Right::remove, Right::lock, Right::properties};

/// Says nothing of what is there.
Failure missing_right(const std::optional<ResourcePath>& path, std::string_view place, Rights missing) {
    std::string sentence;
    for (const auto right : all_rights)
        if (missing.has(right)) (sentence += sentence.empty() ? "You may not " : ", nor ") += verb(right);
    Failure failure{FailureCode::insufficient_privileges, (sentence += place) + ".", {}};
    if (path) failure.culprits.push_back(*path);
    failure.facts.missing = missing;
    return failure;
}

/// Does the method touch what lies below the Request-URI too?
bool goes_below(const Exchange& exchange, const MethodRow& row) {
    switch (row.reach) {
        case Reach::resource:
            return false;
        case Reach::tree:
            return true;
        case Reach::by_depth:
            return exchange.field(Field::depth) != "0";
        case Reach::by_depth_with_body:
            return exchange.body.present() && exchange.field(Field::depth) != "0";
    }
    return true;
}

Rights needed_here(const Exchange& exchange, const MethodRow& row) {
    auto needed = row.needs;
    // An extended MKCOL sets properties (RFC 5689).
    if (exchange.body.present()) needed = needed | row.needs_with_body;
    // The answer to a part says how long the rest is and, by a checksum, what it holds.
    if (row.handler == handle_put && exchange.has(Field::content_range)) needed = needed | Right::read;
    return needed;
}

/// What the asker holds of a path the request names. A link has to be readable to be followed. One that leads nowhere
/// is judged by where it leads as well, so that no answer tells whether there is something.
Rights held(const Exchange& exchange, const engine::AccessView& access, const ResourcePath& asked, bool below) {
    const auto rights = [&](const ResourcePath& path) {
        return below ? access.rights_within(path) : access.rights(path);
    };
    const auto* found = exchange.resolved(asked);
    if (!found) return rights(asked);
    if (std::ranges::any_of(found->links, [&](const auto& link) { return !access.may_read(link); })) return {};
    return found->leads_to ? rights(found->path) & rights(*found->leads_to) : rights(found->path);
}

/// The rule for the log: of the first right that is missing. It looks where held() looks, in the same order.
void note_rule(const Exchange& exchange, const engine::AccessView& access, const ResourcePath& asked, bool below,
               Failure& failure) {
    const auto* right = std::ranges::find_if(all_rights, [&](Right each) { return failure.facts.missing.has(each); });
    const auto note = [&](DecidingRule rule) {
        failure.facts.rule = std::make_shared<const DecidingRule>(std::move(rule));
    };
    const auto* found = exchange.resolved(asked);
    if (!found) return note(access.deciding(asked, *right, below));
    for (const auto& link : found->links)
        if (!access.may_read(link)) return note(access.deciding(link, Right::read, false));
    const auto held = below ? access.rights_within(found->path) : access.rights(found->path);
    const auto& lacking = found->leads_to && held.has(*right) ? *found->leads_to : found->path;
    note(access.deciding(lacking, *right, below));
}

std::optional<Failure> check_source(const Exchange& exchange, const engine::AccessView& access, const MethodRow& row) {
    const bool below = goes_below(exchange, row);
    const auto& asked = exchange.asked_path();
    const auto missing = needed_here(exchange, row).without(held(exchange, access, asked, below));
    if (missing.empty()) return std::nullopt;
    auto failure = missing_right(asked, below ? " here or somewhere below" : " here", missing);
    note_rule(exchange, access, asked, below, failure);
    return failure;
}

/// Read by the same function as the method itself will; what cannot be read it refuses.
std::optional<Failure> check_destination(const Exchange& exchange, const engine::AccessView& access,
                                         const MethodRow& row) {
    if (row.needs_at_destination.empty()) return std::nullopt;
    const auto destination = decode_destination_url(exchange);
    const auto overwrite = decode_overwrite(exchange);
    if (!destination || !overwrite) return std::nullopt;
    auto needed = row.needs_at_destination;
    if (*overwrite) needed = needed | Right::remove;
    const auto asked = exchange.mapping.to_tree(*destination);
    const auto rights = asked ? held(exchange, access, *asked, true) : access.rights_within_url(*destination);
    const auto missing = needed.without(rights);
    if (missing.empty()) return std::nullopt;
    auto failure = missing_right(asked, " at the Destination or somewhere below it", missing);
    if (asked)
        note_rule(exchange, access, *asked, true, failure);
    else
        failure.facts.rule = std::make_shared<const DecidingRule>(access.deciding_url(
            *destination, *std::ranges::find_if(all_rights, [&](Right each) { return missing.has(each); }), true));
    return failure;
}

std::optional<Failure> check(const Exchange& exchange, const engine::AccessView& access, const MethodRow& row) {
    // Who has logged in may ask everywhere what there is to do; the answer speaks of rights, not of what exists.
    if (row.for_all_users && exchange.identity) return std::nullopt;
    if (auto failure = check_source(exchange, access, row)) return failure;
    return check_destination(exchange, access, row);
}

}  // namespace

std::optional<Reply> authorize(Exchange& exchange, const MethodRow& row) {
    const auto* access = exchange.restrict();
    if (!access) return std::nullopt;
    auto failure = check(exchange, *access, row);
    if (!failure) return std::nullopt;
    return refuse_rights(exchange, std::move(*failure));
}

}  // namespace davit::http

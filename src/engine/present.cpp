#include "present.hpp"

namespace davit::engine {

store::Deadline deadline(const Services& services) {
    const auto most = services.policy.operation_timeout;
    if (most.count() == 0) return {};
    return {&services.clock, services.clock.monotonic() + most};
}

Result<std::optional<store::ResourceInfo>> look_up(const Services& services, const ResourcePath& path,
                                                   store::Waiting waiting) {
    auto info = services.resources.stat(path, waiting);
    if (info) return *info;
    if (info.error().code == FailureCode::not_found) return std::nullopt;
    return std::unexpected(std::move(info.error()));
}

Result<store::ResourceInfo> require(const Services& services, const Target& target) {
    ask(services, Gate::existence);
    const auto info = look_up(services, target.path);
    if (!info) return std::unexpected(info.error());
    if (!*info) return fail(FailureCode::not_found, "There is nothing at this URL.");
    if (target.names_collection && !ends_in_slash(services, target.caller, target.path, **info))
        if (auto right = check_slash(target, **info); !right) return std::unexpected(std::move(right.error()));
    return **info;
}

bool ends_in_slash(const Services& services, const Caller& asker, const ResourcePath& path,
                   const store::ResourceInfo& info) {
    if (info.collection) return true;
    const auto led = services.resources.resolve(path, store::LastLink::followed, store::Waiting::allowed);
    if (!led || led->failure || led->path == path || !asker.may_see(led->path)) return false;
    const auto there = look_up(services, led->path);
    return there && *there && (*there)->collection;
}

Result<void> check_slash(const Target& target, const store::ResourceInfo& info) {
    if (!target.names_collection || info.collection) return {};
    return fail(FailureCode::not_found, "There is no collection at this URL, which ends in a slash: " +
                                            target.caller.href(target.path) + " is a file.");
}

Result<void> may_be_file(const Target& target) {
    if (!target.names_collection) return {};
    return fail(FailureCode::not_a_collection,
                "The URL ends in a slash, which only a collection's does: leave the slash out for a file.");
}

Result<void> require_parent(const Services& services, const Caller& asker, const ResourcePath& path) {
    ask(services, Gate::existence);
    const auto parent = path.parent();
    const auto info = look_up(services, parent);
    if (!info) return std::unexpected(info.error());
    if (!*info)
        return fail(FailureCode::parent_missing,
                    "The collection " + asker.href(parent, true) + " does not exist; make it first.");
    if (!(*info)->collection)
        return fail(FailureCode::not_a_collection, asker.href(parent) + " is a file and cannot hold members.");
    return {};
}

Failure stays(const ResourcePath& top, std::string_view what_not) {
    const bool root = top.is_root();
    return {root ? FailureCode::root_immutable : FailureCode::home_immutable,
            (root ? "The root collection cannot be " : "A home cannot be ") + std::string(what_not) + ".",
            {}};
}

Result<void> may_be_named(const Services& services, const ResourcePath& path) {
    ask(services, Gate::name);
    const auto name = path.name();
    if (!services.policy.refused_names.match(name)) return {};
    return fail(FailureCode::litter_refused, "Files of the name \"" + std::string(name) +
                                                 "\" are not kept here: macOS and Windows leave them behind "
                                                 "(litter.policy in the configuration).");
}

}  // namespace davit::engine

#include "davit/engine/put.hpp"

#include "davit/engine/lock_rules.hpp"
#include "present.hpp"
#include "put_rules.hpp"

namespace davit::engine {
namespace {

/// What must hold of what stands there, or of a name under a parent that is there.
Result<void> check_found(const Services& services, const Target& target,
                         const std::optional<store::ResourceInfo>& info) {
    if (info && info->collection)
        return fail(FailureCode::method_not_allowed, "A collection stands here; only files are written to.");
    if (auto file = may_be_file(target); !file) return file;
    if (!info) {
        if (auto named = may_be_named(services, target.path); !named) return named;
        if (auto open = may_change_membership(services, target, target.path); !open) return open;
    }
    if (auto open = may_change(services, target, target.path); !open) return open;
    ask(services, Gate::conditions);
    const auto result = check_representation(target, info, false);
    if (!result) return std::unexpected(result.error());
    return {};
}

/// What RFC 9110's conditions, which held when they were asked about, mean for the moment of the commit.
store::Replace replace_by(const Target& target) {
    if (!target.preconditions) return store::Replace::may_exist;
    const auto& conditions = *target.preconditions;
    if (conditions.if_none_match && conditions.if_none_match->any) return store::Replace::must_not_exist;
    return conditions.if_match ? store::Replace::must_exist : store::Replace::may_exist;
}

}  // namespace

Result<std::optional<store::ResourceInfo>> check_put(const Services& services, const Target& target, Missing missing) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    ask(services, Gate::existence);
    auto info = look_up(services, target.path);
    if (!info) return info;
    if (*info && missing == Missing::is_refused)
        if (auto right = check_slash(target, **info); !right) return std::unexpected(std::move(right.error()));
    if (!*info && missing == Missing::is_refused)
        return fail(FailureCode::not_found, "There is nothing at this URL that could be changed.");
    if (!*info)
        if (auto parent = require_parent(services, target.caller, target.path); !parent)
            return std::unexpected(parent.error());
    if (auto sound = check_found(services, target, *info); !sound) return std::unexpected(sound.error());
    return info;
}

Result<std::unique_ptr<store::Upload>> begin_checked(const Services& services, const Target& target,
                                                     std::optional<std::uint64_t> expected_size) {
    if (auto begun = may_begin(services, target); !begun) return std::unexpected(begun.error());
    ask(services, Gate::existence);
    bool considered = false;
    const auto consider = [&](const auto& there) {
        considered = true;
        return check_found(services, target, there);
    };
    auto upload = services.resources.begin_upload_if(target.path, expected_size, std::ref(consider));
    if (upload || considered) return upload;
    // The parent is missing, or the like: who can say it better does.
    if (const auto sound = check_put(services, target); !sound) return std::unexpected(sound.error());
    return upload;
}

Result<void> check_length(const PutRequest& request, std::uint64_t size) {
    if (!request.expected_size || *request.expected_size == size) return {};
    return fail(FailureCode::incomplete_body, "The body has " + std::to_string(size) + " bytes, but " +
                                                  std::to_string(*request.expected_size) + " were announced.");
}

Answer<store::Committed> finish(const PutRequest& request, store::Upload& upload, store::Parent parent) {
    if (request.modified) upload.set_modified(*request.modified);
    if (!request.checksums.empty()) upload.set_checksums(request.checksums);
    const auto replace = replace_by(request.target);
    auto committed = upload.commit(request.target.path, replace, actor(request.target), parent);
    if (committed) return *committed;
    // Somebody outside the server made the file between our check and the link, or took it away.
    if (committed.error().code == FailureCode::already_exists)
        return std::unexpected(
            Failure{FailureCode::precondition_failed, "If-None-Match does not hold: the file exists now.", {}});
    if (committed.error().code == FailureCode::not_found && replace == store::Replace::must_exist)
        return std::unexpected(
            Failure{FailureCode::precondition_failed, "If-Match does not hold: the file is gone.", {}});
    return std::unexpected(std::move(committed.error()));
}

Answer<store::Committed> put_whole(const Services& services, const PutRequest& request,
                                   std::span<const std::byte> body) {
    if (const auto whole = check_length(request, body.size()); !whole) return std::unexpected(whole.error());
    // Writing it says at once whether there is room: nothing has to be reserved.
    auto upload = begin_checked(services, request.target, std::nullopt);
    if (!upload) return std::unexpected(std::move(upload.error()));
    if (auto written = (*upload)->write(body); !written) return std::unexpected(std::move(written.error()));
    return finish(request, **upload, store::Parent::as_begun);
}

Put::Put(const Services& services, PutRequest request, std::unique_ptr<store::Upload> upload)
    : services_(&services), request_(std::move(request)), upload_(std::move(upload)) {}

Answer<Put> Put::begin(const Services& services, PutRequest request) {
    auto upload = begin_checked(services, request.target, request.expected_size);
    if (!upload) return std::unexpected(std::move(upload.error()));
    return Put(services, std::move(request), std::move(*upload));
}

Result<void> Put::write(std::span<const std::byte> bytes) {
    return upload_->write(bytes);
}

Answer<store::Committed> Put::commit() {
    if (const auto whole = check_length(request_, upload_->size()); !whole) return std::unexpected(whole.error());
    if (const auto sound = check_put(*services_, request_.target); !sound) return std::unexpected(sound.error());
    return finish(request_, *upload_);
}

}  // namespace davit::engine

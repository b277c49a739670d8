#include "davit/engine/put.hpp"

#include "davit/engine/lock_rules.hpp"
#include "preconditions.hpp"
#include "present.hpp"
#include "put_rules.hpp"

namespace davit::engine {
namespace {

class PutQuestions final : public WriteQuestions {
public:
    PutQuestions(const Services& services, const Target& target, Missing missing)
        : WriteQuestions(services, target), missing_(missing) {}

    Answer<void> existence() override {
        ask(services_, Gate::existence);
        auto info = look_up(services_, target_.path);
        if (!info) return std::unexpected(std::move(info.error()));
        there = *info;
        if (missing_ == Missing::is_made) return {};
        if (there) return check_slash(target_, *there);
        return fail(FailureCode::not_found, "There is nothing at this URL that could be changed.");
    }
    Answer<void> type() override {
        if (there && there->collection)
            return fail(FailureCode::method_not_allowed, "This is a collection; only files can be written.");
        return may_be_file(target_);
    }
    Answer<void> parent() override {
        if (there || has_parent) return {};
        return require_parent(services_, target_.caller, target_.path);
    }
    Answer<void> name() override {
        if (there) return {};
        return may_be_named(services_, target_.path);
    }
    Answer<void> locks() override {
        if (!there)
            if (auto open = may_change_membership(services_, target_, target_.path); !open) return open;
        return may_change(services_, target_, target_.path);
    }
    Answer<void> conditions() override { return check_conditions(there); }

    std::optional<store::ResourceInfo> there;
    bool has_parent = false;  ///< the store has opened the parent

private:
    Missing missing_;
};

/// Turns the RFC 9110 conditions that held at the check into a rule for the moment of the commit.
store::Replace replace_by(const Target& target) {
    if (!target.preconditions) return store::Replace::may_exist;
    const auto& conditions = *target.preconditions;
    if (conditions.if_none_match && conditions.if_none_match->any) return store::Replace::must_not_exist;
    return conditions.if_match ? store::Replace::must_exist : store::Replace::may_exist;
}

}  // namespace

Answer<std::optional<store::ResourceInfo>> check_put(const Services& services, const Target& target, Missing missing) {
    PutQuestions questions(services, target, missing);
    if (auto passed = check_preconditions(questions); !passed) return std::unexpected(std::move(passed.error()));
    return questions.there;
}

Answer<std::unique_ptr<store::Upload>> begin_checked(const Services& services, const Target& target,
                                                     std::optional<std::uint64_t> expected_size) {
    PutQuestions questions(services, target, Missing::is_made);
    if (auto passed = check_before_existence(questions); !passed) return std::unexpected(std::move(passed.error()));
    ask(services, Gate::existence);
    bool considered = false;
    const auto consider = [&](const std::optional<store::ResourceInfo>& there) -> Result<void> {
        considered = true;
        questions.there = there;
        questions.has_parent = true;
        if (auto passed = check_after_existence(questions); !passed)
            return std::unexpected(std::move(passed.error().failure));
        return {};
    };
    auto upload = services.resources.begin_upload_if(target.path, expected_size, std::ref(consider));
    if (upload) return std::move(*upload);
    // The parent is missing, or similar: the gate finds the precise failure.
    if (!considered)
        if (auto passed = check_put(services, target); !passed) return std::unexpected(std::move(passed.error()));
    return std::unexpected(std::move(upload.error()));
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
    // Another program created or removed the file between the check and the link.
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
    // The write itself tells whether the body fits, so nothing is reserved.
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
    if (auto passed = check_put(*services_, request_.target); !passed)
        return std::unexpected(std::move(passed.error()));
    return finish(request_, *upload_);
}

}  // namespace davit::engine

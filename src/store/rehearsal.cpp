#include "davit/store/rehearsal.hpp"

#include <algorithm>

namespace davit::store {
namespace {

/// Accepts data and stores nothing.
class RehearsedUpload final : public Upload {
public:
    RehearsedUpload(ResourceStore& inner, ResourcePath path, std::unique_ptr<Upload> begun,
                    std::optional<std::uint64_t> expected, GateTrace& trace)
        : inner_(inner), path_(std::move(path)), begun_(std::move(begun)), size_(expected.value_or(0)), trace_(trace) {}

    Result<void> write(std::span<const std::byte> bytes) override {
        written_ += bytes.size();
        return {};
    }
    /// The rehearsal takes the body to have its announced length.
    std::uint64_t size() const override { return std::max(size_, written_); }
    Result<void> start_from(const Content& base, std::uint64_t offset, std::uint64_t expected) override {
        const auto end = expected > UINT64_MAX - offset ? UINT64_MAX : offset + expected;
        auto whole = inner_.begin_upload(path_, std::max(base.info().size, end));
        if (!whole) return std::unexpected(std::move(whole.error()));
        begun_ = std::move(*whole);
        size_ = expected;
        return {};
    }
    Result<std::size_t> read(std::uint64_t /*offset*/, std::span<std::byte> /*into*/) const override {
        return std::size_t{0};
    }
    void set_checksums(std::vector<Digest> /*checksums*/) override {}
    void set_modified(std::chrono::sys_seconds /*modified*/) override {}
    Result<Committed> commit(const ResourcePath& path, Replace replace, const Actor& /*by*/,
                             Parent /*parent*/) override {
        if (begun_)
            if (auto taken = inner_.check_new_name(path); !taken) return std::unexpected(std::move(taken.error()));
        const auto there = inner_.stat(path);
        if (!there && there.error().code != FailureCode::not_found) return std::unexpected(there.error());
        if (there && replace == Replace::must_not_exist) return fail(FailureCode::already_exists, "It exists now.");
        if (!there && replace == Replace::must_exist) return fail(FailureCode::not_found, "It is gone.");
        trace_.enter(Gate::commit);
        return Committed{!there, there ? *there : ResourceInfo{}};
    }

private:
    ResourceStore& inner_;
    ResourcePath path_;
    std::unique_ptr<Upload>
        begun_;  ///< reserves the space during the rehearsal; null in a home that does not exist yet
    std::uint64_t size_;
    std::uint64_t written_ = 0;
    GateTrace& trace_;
};

}  // namespace

bool RehearsedResources::would_be_there(const ResourcePath& collection) const {
    return is_new_home(collection) ||
           std::ranges::any_of(made_, [&](const auto& each) { return each.contains(collection); });
}

bool RehearsedResources::would_be_gone(const ResourcePath& path) const {
    return std::ranges::any_of(gone_, [&](const auto& each) { return each.contains(path); });
}

Result<void> RehearsedResources::check_new_name_in(const ResourcePath& path) const {
    return would_be_there(path.parent()) ? Result<void>() : inner_.check_new_name(path);
}

Result<ResourceInfo> RehearsedResources::stat(const ResourcePath& path, Waiting waiting) const {
    auto found = inner_.stat(path, waiting);
    if (!found && found.error().code == FailureCode::not_found && is_new_home(path))
        return ResourceInfo{.collection = true};
    return found;
}

Result<std::unique_ptr<Upload>> RehearsedResources::begin_upload(const ResourcePath& path,
                                                                 std::optional<std::uint64_t> expected_size) {
    trace_.enter(Gate::room);
    std::unique_ptr<Upload> begun;
    if (!would_be_there(path.parent())) {
        auto upload = inner_.begin_upload(path, expected_size);
        if (!upload) return upload;
        begun = std::move(*upload);
    }
    return std::make_unique<RehearsedUpload>(inner_, path, std::move(begun), expected_size, trace_);
}

Result<void> RehearsedResources::make_collection(const ResourcePath& path, const PropertySet& /*properties*/) {
    trace_.enter(Gate::room);
    if (auto taken = check_new_name_in(path); !taken) return taken;
    trace_.enter(Gate::commit);
    made_.push_back(path);
    return {};
}

Result<void> RehearsedResources::remove(const ResourcePath& path, const Actor& /*by*/) {
    trace_.enter(Gate::room);
    if (auto removable = inner_.check_removal(path); !removable) return removable;
    trace_.enter(Gate::commit);
    gone_.push_back(path);
    return {};
}

/// Returns true when the resource would be created.
Result<bool> RehearsedResources::arrive(const ResourcePath& to, Replace replace) {
    if (auto taken = check_new_name_in(to); !taken) return std::unexpected(std::move(taken.error()));
    const auto there = inner_.stat(to);
    if (!there && there.error().code != FailureCode::not_found) return std::unexpected(there.error());
    const bool exists = there && !would_be_gone(to);
    if (exists && replace == Replace::must_not_exist) return fail(FailureCode::already_exists, "It exists now.");
    if (exists)
        if (auto removable = inner_.check_removal(to); !removable) return std::unexpected(std::move(removable.error()));
    trace_.enter(Gate::commit);
    made_.push_back(to);
    return !exists;
}

Result<bool> RehearsedResources::copy(const ResourcePath& /*from*/, const ResourcePath& to, Depth /*depth*/,
                                      Replace replace, const Actor& /*by*/, const Deadline& /*until*/) {
    trace_.enter(Gate::room);
    return arrive(to, replace);
}

Result<bool> RehearsedResources::move(const ResourcePath& from, const ResourcePath& to, Replace replace,
                                      const Actor& /*by*/, Waiting /*waiting*/, const Deadline& /*until*/) {
    trace_.enter(Gate::room);
    if (auto taken = check_new_name_in(from); !taken) return std::unexpected(std::move(taken.error()));
    if (!inner_.is_other_name(from, to)) return arrive(to, replace);
    trace_.enter(Gate::commit);
    return true;
}

Result<void> RehearsedProperties::write(const ResourcePath& /*path*/, const PropertyChange& /*change*/) {
    trace_.enter(Gate::commit);
    return {};
}

Result<void> RehearsedLocks::add(Lock /*lock*/) {
    trace_.enter(Gate::commit);
    return {};
}

Result<void> RehearsedLocks::refresh(const LockToken& token, std::chrono::seconds /*timeout*/,
                                     std::chrono::system_clock::time_point /*expires*/) {
    if (!inner_.find(token)) return fail(FailureCode::not_found, "The lock has timed out.");
    trace_.enter(Gate::commit);
    return {};
}

Result<void> RehearsedLocks::remove(const LockToken& token) {
    if (!inner_.find(token)) return fail(FailureCode::not_found, "The lock has timed out.");
    trace_.enter(Gate::commit);
    return {};
}

}  // namespace davit::store

#include "diverting_stores.hpp"

namespace davit::fs {
namespace {

constexpr auto wait = store::Waiting::allowed;

class DivertingUpload final : public store::Upload {
public:
    DivertingUpload(const Diverted& diverted, std::unique_ptr<store::Upload> inner)
        : diverted_(diverted), inner_(std::move(inner)) {}
    Result<void> write(std::span<const std::byte> bytes) override { return inner_->write(bytes); }
    std::uint64_t size() const override { return inner_->size(); }
    Result<void> start_from(const store::Content& base, std::uint64_t offset, std::uint64_t expected) override {
        return inner_->start_from(base, offset, expected);
    }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const override {
        return inner_->read(offset, into);
    }
    void set_checksums(std::vector<Digest> checksums) override { inner_->set_checksums(std::move(checksums)); }
    void set_modified(std::chrono::sys_seconds modified) override { inner_->set_modified(modified); }
    Result<store::Committed> commit(const ResourcePath& path, store::Replace replace, const store::Actor& by,
                                    store::Parent parent) override {
        const auto place = diverted_.place_for(path);
        if (!place) return std::unexpected(place.error());
        return inner_->commit(*place, replace, by, parent);
    }

private:
    const Diverted& diverted_;
    std::unique_ptr<store::Upload> inner_;
};

/// Calls with the place instead of the path.
template <typename Call>
auto at(const Result<ResourcePath>& place, Call call) -> decltype(call(*place)) {
    if (!place) return std::unexpected(place.error());
    return call(*place);
}

}  // namespace

Result<store::ResourceInfo> DivertingResources::stat(const ResourcePath& path, store::Waiting waiting) const {
    return at(diverted_.place_of(path, waiting), [&](const auto& place) { return inner_.stat(place, waiting); });
}

Result<store::Look> DivertingResources::look(const ResourcePath& path, store::ListingContent content,
                                             store::Waiting waiting) const {
    return at(diverted_.place_of(path, waiting),
              [&](const auto& place) { return inner_.look(place, content, waiting); });
}

Result<std::shared_ptr<const store::Content>> DivertingResources::open(const ResourcePath& path,
                                                                       store::Waiting waiting) const {
    return at(diverted_.place_of(path, waiting), [&](const auto& place) { return inner_.open(place, waiting); });
}

Result<std::unique_ptr<store::Listing>> DivertingResources::list(const ResourcePath& path,
                                                                 store::ListingContent content) const {
    return at(diverted_.place_of(path, wait), [&](const auto& place) { return inner_.list(place, content); });
}

Result<bool> DivertingResources::begins_as_utf8(const ResourcePath& path, const store::ResourceInfo& info,
                                                store::Waiting waiting) const {
    return at(diverted_.place_of(path, waiting),
              [&](const auto& place) { return inner_.begins_as_utf8(place, info, waiting); });
}

Result<std::unique_ptr<store::Upload>> DivertingResources::begin_upload(const ResourcePath& path,
                                                                        std::optional<std::uint64_t> expected_size) {
    auto upload =
        at(diverted_.place_for(path), [&](const auto& place) { return inner_.begin_upload(place, expected_size); });
    if (!upload) return upload;
    return std::make_unique<DivertingUpload>(diverted_, std::move(*upload));
}

Result<void> DivertingResources::make_collection(const ResourcePath& path, const PropertySet& properties) {
    return at(diverted_.place_for(path), [&](const auto& place) { return inner_.make_collection(place, properties); });
}

Result<void> DivertingResources::remove(const ResourcePath& path, const store::Actor& by) {
    return at(diverted_.place_of(path, wait), [&](const auto& place) { return inner_.remove(place, by); });
}

Result<bool> DivertingResources::copy(const ResourcePath& from, const ResourcePath& to, Depth depth,
                                      store::Replace replace, const store::Actor& by, const store::Deadline& until) {
    const auto source = diverted_.place_of(from, wait);
    if (!source) return std::unexpected(source.error());
    // A copy member by member may be part of a MOVE that removes the source. So the copy of an ordinary file stays
    // ordinary, whatever its name.
    const bool stays = *source == from && (depth == Depth::zero || diverted_.is_litter(from));
    const auto copy_to = [&](const ResourcePath& place) {
        return inner_.copy(*source, place, depth, replace, by, until);
    };
    if (stays) return arrive(to, by, copy_to);
    return at(diverted_.place_for(to), copy_to);
}

Result<bool> DivertingResources::copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& tree,
                                             const store::Actor& by, const store::Deadline& until) {
    const auto source = diverted_.place_of(from, wait);
    if (!source) return std::unexpected(source.error());
    if (*source != from) return copy(from, to, Depth::zero, store::Replace::may_exist, by, until);
    return arrive(to, by, [&](const auto& place) { return inner_.copy_member(from, place, tree, by, until); });
}

/// An ordinary resource stays ordinary under its new name, even a junk name, because it is the only copy and the sweep
/// must not remove it. A diverted resource becomes ordinary under an ordinary name.
Result<bool> DivertingResources::move(const ResourcePath& from, const ResourcePath& to, store::Replace replace,
                                      const store::Actor& by, store::Waiting waiting, const store::Deadline& until) {
    if (waiting == store::Waiting::refused)
        return fail(FailureCode::would_block, "What is diverted has to be looked for.");
    const auto source = diverted_.place_of(from, wait);
    if (!source) return std::unexpected(source.error());
    const auto move_to = [&](const ResourcePath& place) {
        return inner_.move(*source, place, replace, by, waiting, until);
    };
    if (*source != from) return at(diverted_.place_for(to), move_to);
    return arrive(to, by, move_to);
}

/// An ordinary resource arrives at `to` and replaces a diverted one of that name.
Result<bool> DivertingResources::arrive(const ResourcePath& to, const store::Actor& by,
                                        const std::function<Result<bool>(const ResourcePath& place)>& come) {
    const auto former = diverted_.place_of(to, wait);
    if (!former) return std::unexpected(former.error());
    const auto place = diverted_.place_of_ordinary(to);
    if (!place) return std::unexpected(place.error());
    auto created = come(*place);
    if (created && *former != *place && inner_.remove(*former, by)) return false;
    return created;
}

Result<void> DivertingResources::check_removal(const ResourcePath& path) const {
    return at(diverted_.place_of(path, wait), [&](const auto& place) { return inner_.check_removal(place); });
}

/// A place outside of the directory is created when it is needed.
Result<void> DivertingResources::check_new_name(const ResourcePath& path) const {
    return diverted_.is_litter(path) ? Result<void>() : inner_.check_new_name(path);
}

Result<store::Quota> DivertingResources::quota(const ResourcePath& path) const {
    return at(diverted_.place_of(path, wait), [&](const auto& place) { return inner_.quota(place); });
}

Result<store::Resolved> DivertingResources::resolve(const ResourcePath& path, store::LastLink last,
                                                    store::Waiting waiting) const {
    auto resolved = inner_.resolve(path, last, waiting);
    if (!resolved || resolved->failure || resolved->leads_to) return resolved;
    const auto place = diverted_.place_of(resolved->path, waiting);
    if (!place && place.error().code == FailureCode::would_block) return std::unexpected(place.error());
    if (!place || *place == resolved->path) return resolved;
    const auto there = inner_.resolve(*place, store::LastLink::kept, waiting);
    if (!there) return there;
    resolved->path = Diverted::path_of(there->path, resolved->path);
    return resolved;
}

Result<PropertySet> DivertingProperties::read(const ResourcePath& path, store::Waiting waiting) const {
    return at(diverted_.place_of(path, waiting), [&](const auto& place) { return inner_.read(place, waiting); });
}

Result<void> DivertingProperties::write(const ResourcePath& path, const store::PropertyChange& change) {
    return at(diverted_.place_of(path, wait), [&](const auto& place) { return inner_.write(place, change); });
}

}  // namespace davit::fs

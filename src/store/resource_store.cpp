#include "davit/store/resource_store.hpp"

namespace davit::store {

Result<void> judge(const Result<ResourceInfo>& found, const Consider& consider) {
    if (found) return consider(*found);
    if (found.error().code == FailureCode::not_found) return consider(std::nullopt);
    return std::unexpected(found.error());
}

Result<std::unique_ptr<Upload>> ResourceStore::begin_upload_if(const ResourcePath& path,
                                                               std::optional<std::uint64_t> expected_size,
                                                               const Consider& consider) {
    const auto found = stat(path);
    if (!found && found.error().code == FailureCode::not_found) {
        const auto parent = stat(path.parent());
        if (!parent || !parent->collection) return fail(FailureCode::parent_missing, "There is no collection above.");
    }
    if (auto sound = judge(found, consider); !sound) return std::unexpected(std::move(sound.error()));
    return begin_upload(path, expected_size);
}

}  // namespace davit::store

#include "davit/store/resource_store.hpp"

#include <algorithm>
#include <array>

#include "davit/core/utf8.hpp"

namespace davit::store {

bool leads_through(const Resolved& link, const ResourcePath& place) {
    if (link.failure) return false;
    return place.contains(link.path) ||
           std::ranges::any_of(link.links, [&](const ResourcePath& each) { return place.contains(each); });
}

Result<bool> Content::begins_as_utf8(Waiting waiting) const {
    const auto size = info().size;
    if (const auto* text = in_memory())
        return is_utf8_start(std::string_view(*text).substr(0, utf8_window), text->size() > utf8_window);
    std::array<std::byte, utf8_window> window;
    std::size_t have = 0;
    while (have < window.size()) {
        const auto got = read(have, std::span(window).subspan(have), waiting);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        have += *got;
    }
    return is_utf8_start({reinterpret_cast<const char*>(window.data()), have}, size > have);
}

Result<bool> ResourceStore::begins_as_utf8(const ResourcePath& path, const ResourceInfo&, Waiting waiting) const {
    const auto content = open(path, waiting);
    if (!content) return std::unexpected(content.error());
    return (*content)->begins_as_utf8(waiting);
}

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

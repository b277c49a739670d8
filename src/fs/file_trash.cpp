#include "file_trash.hpp"

#include "errors.hpp"
#include "replace.hpp"

namespace davit::fs {

Result<bool> FileTrash::restore(const std::string& id, const ResourcePath& to, store::Replace replace,
                                const store::Actor& by) {
    auto& trash = *volume_.trash;
    if (const auto entry = trash.find(id); !entry) return std::unexpected(entry.error());
    const auto place = open_place(volume_.root.get(), to);
    if (!place) return parent_error(place.error());
    const auto reserved = volume_.spelling.reserve(*place);
    if (!reserved) return std::unexpected(reserved.error());
    auto created = rename_into(volume_, {trash.folder(), id, {}}, *place, replace, {to, by});
    if (!created && created.error().system && created.error().system->number == EXDEV)
        return fail(FailureCode::permission_denied,
                    "This place is on another file system than the trash: restore to one that is not, then move it.");
    if (!created) return created;
    trash.forget(id);
    for (const int folder : {place->folder.get(), trash.folder()}) {
        auto synced = volume_.sync_folder(folder);
        if (synced) continue;
        synced.error().changed = Changed::unknown;
        return std::unexpected(std::move(synced.error()));
    }
    return created;
}

}  // namespace davit::fs

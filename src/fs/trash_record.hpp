#pragma once
// `.davit/trash/ID.origin`: where the entry `.davit/trash/ID` stood, in lines a person can read too.
#include <optional>

#include "davit/store/resource_store.hpp"

namespace davit::fs {

struct TrashRecord {
    ResourcePath path;
    store::Actor by;
    store::FileTime removed{};
    std::uint64_t inode = 0;  ///< of the thing itself, with `born`: which of two exchanged names it has after a crash
    std::int64_t born = 0;    ///< nanoseconds since 1970
    std::optional<std::uint64_t> bytes{};  ///< that a folder takes on the disk, once it has been counted

    bool is_of(const store::ResourceInfo& info) const {
        return inode == info.identity && born == info.created.time_since_epoch().count();
    }
};

std::string encode(const TrashRecord& record);
/// Nothing when the text is none, or cut off.
std::optional<TrashRecord> decode_trash_record(std::string_view text);

}  // namespace davit::fs

#pragma once
// `.davit/trash/ID.origin`: the former place of entry `.davit/trash/ID`, in lines that a person can also read.
#include <optional>

#include "davit/store/resource_store.hpp"

namespace davit::fs {

struct TrashRecord {
    ResourcePath path;
    store::Actor by;
    store::FileTime removed{};
    std::uint64_t inode = 0;  ///< of the entry; with `born` it tells after a crash which of two exchanged names it has
    std::int64_t born = 0;    ///< nanoseconds since 1970
    std::optional<std::uint64_t> bytes{};  ///< the disk space of a directory, once counted

    bool is_of(const store::ResourceInfo& info) const {
        return inode == info.identity && born == info.created.time_since_epoch().count();
    }
};

std::string encode(const TrashRecord& record);
/// Returns nothing when the text is invalid or truncated.
std::optional<TrashRecord> decode_trash_record(std::string_view text);

}  // namespace davit::fs

#pragma once
#include "volume.hpp"

namespace davit::fs {

/// New content as store::Upload. For begin_upload_if(): `consider` decides about the existing file first.
Result<std::unique_ptr<store::Upload>> begin_upload(Volume& volume, const ResourcePath& path,
                                                    std::optional<std::uint64_t> expected_size,
                                                    const store::Consider& consider = nullptr);

/// Moves an unnamed file, or one with a temporary name, to its place. Readers see the old content or the new one.
struct Arrival {
    int file = -1;  ///< unnamed when `aside` is empty
    std::optional<Aside> aside{};
    bool replaces = false;  ///< an entry was seen at the place, so an attempt without replacement is not worthwhile
};
Result<bool> put_in_place(Volume& volume, Arrival arrival, const Place& place, store::Replace replace,
                          const Leaving& replaced);

}  // namespace davit::fs

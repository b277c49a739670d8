#pragma once
#include "volume.hpp"

namespace davit::fs {

/// A new content as store::Upload; for begin_upload_if(), after what `consider` thinks of what stands there.
Result<std::unique_ptr<store::Upload>> begin_upload(Volume& volume, const ResourcePath& path,
                                                    std::optional<std::uint64_t> expected_size,
                                                    const store::Consider& consider = nullptr);

/// Gives an unnamed or aside-named file its place. The old content or the new, never neither.
struct Arrival {
    int file = -1;  ///< unnamed when `aside` is empty
    std::optional<Aside> aside{};
    bool replaces = false;  ///< something was seen at the place: trying without it is not worth a call
};
Result<bool> put_in_place(Volume& volume, Arrival arrival, const Place& place, store::Replace replace,
                          const Leaving& replaced);

}  // namespace davit::fs

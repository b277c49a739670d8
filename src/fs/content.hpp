#pragma once
#include "volume.hpp"

namespace davit::fs {

/// An open file as store::Content.
Result<std::shared_ptr<const store::Content>> open_content(const Volume& volume, const ResourcePath& path,
                                                           store::Waiting waiting);

/// Content::begins_as_utf8() of the file at `path`.
Result<bool> begins_as_utf8(const Volume& volume, const ResourcePath& path, store::Waiting waiting);

}  // namespace davit::fs

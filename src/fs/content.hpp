#pragma once
#include "volume.hpp"

namespace davit::fs {

/// An open file as store::Content.
Result<std::unique_ptr<store::Content>> open_content(const Volume& volume, const ResourcePath& path,
                                                     store::Waiting waiting);

}  // namespace davit::fs

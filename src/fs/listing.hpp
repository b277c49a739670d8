#pragma once
#include "volume.hpp"

namespace davit::fs {

/// The members of a collection as store::Listing.
Result<std::unique_ptr<store::Listing>> open_listing(const Volume& volume, const ResourcePath& path,
                                                     store::ListingContent content);

/// False for names of a directory that are not resources: dots, the state directory, files under construction.
bool is_shown(const ResourcePath& folder, std::string_view name);

}  // namespace davit::fs

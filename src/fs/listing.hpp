#pragma once
#include "volume.hpp"

namespace davit::fs {

/// The members of a collection as store::Listing.
Result<std::unique_ptr<store::Listing>> open_listing(const Volume& volume, const ResourcePath& path,
                                                     store::ListingContent content);

/// Names of a folder that are no resources: dots, the state folder, things under construction.
bool is_shown(const ResourcePath& folder, std::string_view name);

}  // namespace davit::fs

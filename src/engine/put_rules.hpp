#pragma once
// What PUT of a whole and of a part have in common.
#include "davit/engine/put.hpp"

namespace davit::engine {

enum class Missing : std::uint8_t { is_made, is_refused };

/// What must hold before the body and again at the commit; the file that stands there, if one does.
Answer<std::optional<store::ResourceInfo>> check_put(const Services& services, const Target& target,
                                                     Missing missing = Missing::is_made);
/// check_put(), then the upload, with one look of the store at the path. `expected_size`: room to reserve.
Answer<std::unique_ptr<store::Upload>> begin_checked(const Services& services, const Target& target,
                                                     std::optional<std::uint64_t> expected_size);
/// Does the body have the length that was announced?
Result<void> check_length(const PutRequest& request, std::uint64_t size);
Answer<store::Committed> finish(const PutRequest& request, store::Upload& upload,
                                store::Parent parent = store::Parent::looked_up);

}  // namespace davit::engine

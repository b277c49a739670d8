#pragma once
// The common rules of PUT with a whole body and with a part.
#include "davit/engine/put.hpp"

namespace davit::engine {

enum class Missing : std::uint8_t { is_made, is_refused };

/// Checks what must hold before the body and again at the commit. Returns the existing file, if any.
Answer<std::optional<store::ResourceInfo>> check_put(const Services& services, const Target& target,
                                                     Missing missing = Missing::is_made);
/// check_put(), then begins the upload. The store looks the path up once. `expected_size`: the space to reserve.
Answer<std::unique_ptr<store::Upload>> begin_checked(const Services& services, const Target& target,
                                                     std::optional<std::uint64_t> expected_size);
/// Checks that the body has the announced length.
Result<void> check_length(const PutRequest& request, std::uint64_t size);
Answer<store::Committed> finish(const PutRequest& request, store::Upload& upload,
                                store::Parent parent = store::Parent::looked_up);

}  // namespace davit::engine

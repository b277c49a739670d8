#pragma once
// GET and HEAD (RFC 9110, 9.3.1; RFC 4918, 9.4).
#include <memory>

#include "davit/engine/conditions.hpp"

namespace davit::engine {

struct GetOutcome {
    store::ResourceInfo info;
    bool not_modified = false;
    std::shared_ptr<const store::Content> content;  ///< null for a collection
};
/// Finds the resource and opens its content. would_block when `waiting` is refused and the answer is not in memory: the
/// caller then repeats the call on a worker.
Answer<GetOutcome> get(const Services& services, const Target& target, store::Waiting waiting);

}  // namespace davit::engine

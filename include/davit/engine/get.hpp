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

/// The character data of a stored property whose element holds text only, such as getcontentlanguage; "" when it holds
/// more. It becomes a header field, so it has no byte that could break out of a line.
std::string field_text(const Property& property);

/// The Content-Type of a file: the stored getcontenttype, else what the extension of `shown` and the first bytes say.
/// `stored` is what Content::properties() gave. would_block as Content::begins_as_utf8().
Result<std::string> media_type_of(const Services& services, const ResourcePath& shown,
                                  const Result<PropertySet>& stored, const store::Content& content,
                                  store::Waiting waiting);

}  // namespace davit::engine

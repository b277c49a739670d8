#pragma once
// The hrefs of an answer, as the client that asked spells them (RFC 4918, 8.3).
#include <string>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/path_mapping.hpp"
#include "davit/core/written_path.hpp"

namespace davit::http {

/// A path that a request names: its own, or its Destination.
struct RequestedPath {
    WrittenPath written;           ///< as the client wrote it, with the public prefix
    std::size_t prefix_depth = 0;  ///< segments of the public prefix in `written`
    ResourcePath url;              ///< the same decoded, without the public prefix
    ResourcePath resource;         ///< canonical, in the folder: links and Unicode forms make it differ from `url`
};

/// Makes every href of one answer. What lies at or below a path that the request names begins as that was written, and
/// so do the collections above it; names that the client has not written are encoded as Davit does. Constant once made:
/// any thread may use it.
class Hrefs {
public:
    /// `base_path`: the public prefix where no named path shows how the client spells it.
    Hrefs(PathMapping mapping, std::string base_path, std::vector<RequestedPath> named);

    /// The absolute path of a resource in the folder. It is a valid URL path and begins with one slash; '&' may stand
    /// in it.
    void append(std::string& out, const ResourcePath& resource, bool collection) const;
    /// The root of a lock, spelled by the LOCK. What LOCK reached through a link, or in another Unicode form, is
    /// spelled as every other resource: who asks now may not know that path.
    void append_lock_root(std::string& out, const ActiveLock& lock) const;
    /// For ActiveLock::written_root, when the request is a LOCK.
    std::string written_root() const;
    std::string of(const ResourcePath& resource, bool collection) const;
    /// Of the collection above the resource that the request names, which may lie above the folder.
    std::string above_request() const;
    /// The public prefix.
    std::string base() const;

private:
    const RequestedPath* nearest_above(const ResourcePath& resource) const;
    void append_url(std::string& out, const ResourcePath& url, bool collection) const;

    PathMapping mapping_;
    std::string base_path_;
    std::vector<RequestedPath> named_;
};

}  // namespace davit::http

#pragma once
// The hrefs of an answer, in the client's own bytes (RFC 4918, 8.3).
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

/// Makes every href of one answer. A resource at, below or above a path that the request names has an href that begins
/// with the client's own bytes of that path. Other names are encoded as Davit does. Immutable, so any thread may use
/// it.
class Hrefs {
public:
    /// `base_path`: the public prefix, for paths that the request does not name.
    Hrefs(PathMapping mapping, std::string base_path, std::vector<RequestedPath> named);

    /// The href of a resource in the share: a valid absolute URL path that begins with one slash; it may contain '&'.
    void append(std::string& out, const ResourcePath& resource, bool collection) const;
    /// The href of a lock's root, in the bytes of its LOCK. When LOCK reached the root through a link or in another
    /// Unicode form, the href is made as for every other resource, because this client may not know that path.
    void append_lock_root(std::string& out, const ActiveLock& lock) const;
    /// The value of ActiveLock::written_root, when the request is a LOCK.
    std::string written_root() const;
    std::string of(const ResourcePath& resource, bool collection) const;
    /// The href of the collection above the named resource; it may be above the share.
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

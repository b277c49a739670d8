#pragma once
// Maps the resources of a served directory to URLs and back.
#include <optional>
#include <string>

#include "davit/core/resource_path.hpp"

namespace davit {

/// Maps resources below `tree` in the directory to URLs below `url`. When both are the root, paths stay as they are.
struct PathMapping {
    ResourcePath url;
    ResourcePath tree;

    bool moves() const { return !url.is_root() || !tree.is_root(); }
    /// `path` must lie in `tree`.
    ResourcePath to_url(const ResourcePath& path) const { return moves() ? moved(path, tree, url) : path; }
    /// Returns nothing for a resource whose URL lies elsewhere, and for the directory's own state: below another URL
    /// its name is not the first segment, so ResourcePath could not recognise it.
    std::optional<ResourcePath> to_tree(const ResourcePath& path) const {
        if (!url.contains(path)) return std::nullopt;
        if (!moves()) return path;
        const auto checked = ResourcePath::from_decoded(moved(path, url, tree).str());
        return checked ? std::optional(*checked) : std::nullopt;
    }
    /// Like ResourcePath::append_href, for a path in the tree.
    void append_href(std::string& out, const ResourcePath& path, bool collection) const {
        if (!moves()) return path.append_href(out, collection);
        to_url(path).append_href(out, collection);
    }

private:
    static ResourcePath moved(const ResourcePath& path, const ResourcePath& from, const ResourcePath& to) {
        if (path == from) return to;
        if (!from.contains(path)) return to;  // an ancestor of the mapped tree: the top of the tree represents it
        return to.child(std::string_view(path.str()).substr(from.is_root() ? 0 : from.str().size() + 1));
    }
};

}  // namespace davit

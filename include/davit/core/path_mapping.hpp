#pragma once
// Where the resources of a served folder have their URLs.
#include <optional>
#include <string>

#include "davit/core/resource_path.hpp"

namespace davit {

/// What lies below `tree` in the folder lies below `url` on the server. Both the root: nothing is moved.
struct PathMapping {
    ResourcePath url;
    ResourcePath tree;

    bool moves() const { return !url.is_root() || !tree.is_root(); }
    /// `path` lies in `tree`.
    ResourcePath to_url(const ResourcePath& path) const { return moves() ? moved(path, tree, url) : path; }
    /// Nothing for what has its URL elsewhere, nor for the folder's own state: below another URL its name is not the
    /// first, so that ResourcePath could not know it.
    std::optional<ResourcePath> to_tree(const ResourcePath& path) const {
        if (!url.contains(path)) return std::nullopt;
        if (!moves()) return path;
        const auto checked = ResourcePath::from_decoded(moved(path, url, tree).str());
        return checked ? std::optional(*checked) : std::nullopt;
    }
    /// Of a path in the tree, as ResourcePath::append_href.
    void append_href(std::string& out, const ResourcePath& path, bool collection) const {
        if (!moves()) return path.append_href(out, collection);
        to_url(path).append_href(out, collection);
    }

private:
    static ResourcePath moved(const ResourcePath& path, const ResourcePath& from, const ResourcePath& to) {
        if (path == from) return to;
        if (!from.contains(path)) return to;  // above what is shown: its top stands for it
        return to.child(std::string_view(path.str()).substr(from.is_root() ? 0 : from.str().size() + 1));
    }
};

}  // namespace davit

#include "davit/http/hrefs.hpp"

#include <algorithm>
#include <utility>

namespace davit::http {
namespace {

/// Number of segments that both begin with.
std::size_t common_depth(const ResourcePath& a, const ResourcePath& b) {
    const std::string_view one = a.str();
    const std::string_view other = b.str();
    std::size_t depth = 0;
    for (std::size_t at = 0; at < one.size() && at < other.size(); ++depth) {
        const auto end = std::min(one.find('/', at), one.size());
        if (end != std::min(other.find('/', at), other.size()) ||
            one.substr(at, end - at) != other.substr(at, end - at))
            break;
        at = end + 1;
    }
    return depth;
}

/// What follows the first `depth` segments.
std::string_view without_first(std::string_view path, std::size_t depth) {
    for (; depth > 0 && !path.empty(); --depth) path.remove_prefix(std::min(path.find('/'), path.size() - 1) + 1);
    return path;
}

}  // namespace

Hrefs::Hrefs(PathMapping mapping, std::string base_path, std::vector<RequestedPath> named)
    : mapping_(std::move(mapping)), base_path_(std::move(base_path)), named_(std::move(named)) {}

const RequestedPath* Hrefs::nearest_above(const ResourcePath& resource) const {
    const RequestedPath* nearest = nullptr;
    for (const auto& each : named_)
        if (each.resource.contains(resource) &&
            (!nearest || nearest->resource.str().size() < each.resource.str().size()))
            nearest = &each;
    return nearest;
}

void Hrefs::append(std::string& out, const ResourcePath& resource, bool collection) const {
    const auto* above = nearest_above(resource);
    if (!above) return append_url(out, mapping_.to_url(resource), collection);
    const std::string_view written = above->written.text();
    auto rest = std::string_view(resource.str()).substr(above->resource.str().size());
    if (rest.empty()) {
        out += written;
        if (collection && !written.ends_with('/')) out += '/';
        return;
    }
    if (rest.front() == '/') rest.remove_prefix(1);
    out += written.ends_with('/') ? written.substr(0, written.size() - 1) : written;
    append_encoded_segments(out, rest);
    if (collection) out += '/';
}

void Hrefs::append_url(std::string& out, const ResourcePath& url, bool collection) const {
    const RequestedPath* nearest = nullptr;
    std::size_t shared = 0;
    for (const auto& each : named_) {
        const auto depth = common_depth(each.url, url);
        if (nearest && depth <= shared) continue;
        nearest = &each;
        shared = depth;
    }
    out += nearest ? nearest->written.first(nearest->prefix_depth + shared) : std::string_view(base_path_);
    append_encoded_segments(out, without_first(url.str(), shared));
    if (collection || url.is_root()) out += '/';
}

void Hrefs::append_lock_root(std::string& out, const ActiveLock& lock) const {
    const auto url = ResourcePath::parse(lock.written_root);
    const auto place = url ? mapping_.to_tree(*url) : std::nullopt;
    if (!place || *place != lock.root) return append(out, lock.root, lock.root_is_collection);
    (out += base()) += lock.written_root;
    if (lock.root_is_collection && !lock.written_root.ends_with('/')) out += '/';
}

std::string Hrefs::written_root() const {
    if (named_.empty()) return {};
    const auto& own = named_.front();
    auto below = own.written.text().substr(own.written.first(own.prefix_depth).size());
    // It is shown behind other prefixes, too.
    below.erase(0, std::min(below.find_first_not_of('/'), below.size()));
    below.insert(below.begin(), '/');
    const std::string_view name = std::string_view(below).substr(0, below.size() - (below.ends_with('/') ? 1 : 0));
    return name == own.url.href() ? std::string() : below;
}

std::string Hrefs::of(const ResourcePath& resource, bool collection) const {
    std::string href;
    append(href, resource, collection);
    return href;
}

std::string Hrefs::above_request() const {
    std::string href;
    append_url(href, named_.empty() ? ResourcePath() : named_.front().url.parent(), true);
    return href;
}

std::string Hrefs::base() const {
    return named_.empty() ? base_path_ : std::string(named_.front().written.first(named_.front().prefix_depth));
}

}  // namespace davit::http

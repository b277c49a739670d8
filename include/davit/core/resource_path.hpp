#pragma once
// The canonical name of a resource inside the served tree. No raw path string travels below `headers/`.
#include <compare>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace davit {

/// Why a path was refused. All are the client's fault.
enum class PathError : std::uint8_t {
    not_absolute,   ///< does not begin with '/'
    bad_escape,     ///< '%' not followed by two hex digits
    encoded_slash,  ///< %2F inside a segment: a proxy re-encoded the path, or somebody is probing
    nul,            ///< a zero byte
    climbs,         ///< ".." beyond the root
    reserved,       ///< names the state folder
};
std::string_view explain(PathError error);

/// Normalised, decoded path: segments joined by '/', no leading or trailing slash; the root is the empty string.
/// Invariant: no segment is empty, ".", "..", the state folder's name as first segment, or holds '/' or NUL.
/// Any other byte sequence is allowed (POSIX names), UTF-8 or not. Cheap to copy and compare.
class ResourcePath {
public:
    /// First-level name that belongs to the server's own state; no request can name it and no listing shows it.
    static constexpr std::string_view reserved_name = ".davit";

    ResourcePath() = default;  ///< the root

    /// From the percent-encoded path of a request target or URL (RFC 3986, 3.3), without query. Decodes once, drops
    /// empty and "." segments, resolves ".." (RFC 3986, 5.2.4), refuses the rest. The caller has removed any prefix.
    static std::expected<ResourcePath, PathError> parse(std::string_view encoded);
    /// From decoded text as a file system gives it ("a/b c"); the same checks.
    static std::expected<ResourcePath, PathError> from_decoded(std::string_view decoded);

    bool is_root() const { return text_.empty(); }
    /// Segments joined by '/', as handed to openat2 below the root's descriptor; "" for the root.
    const std::string& str() const { return text_; }
    /// Last segment; "" for the root.
    std::string_view name() const;
    /// Enclosing collection; the root's parent is the root.
    ResourcePath parent() const;
    /// `name` must be one valid segment (a directory entry's name); it is not checked again.
    ResourcePath child(std::string_view name) const;
    /// True when `other` is this resource or lies below it.
    bool contains(const ResourcePath& other) const;
    /// True when `other` lies directly in this collection.
    bool is_parent_of(const ResourcePath& other) const;
    std::size_t depth() const;  ///< number of segments

    /// Appends the percent-encoded absolute path ("/a%20b"), upper-case hex, ending in '/' if `collection`.
    void append_href(std::string& out, bool collection = false) const;
    std::string href(bool collection = false) const;

    friend auto operator<=>(const ResourcePath&, const ResourcePath&) = default;

private:
    explicit ResourcePath(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// Percent-encodes one segment; the single table of which bytes stay as they are in an href (USERS row 25).
void append_encoded_segment(std::string& out, std::string_view segment);

}  // namespace davit

template <>
struct std::hash<davit::ResourcePath> {
    std::size_t operator()(const davit::ResourcePath& path) const noexcept {
        return std::hash<std::string>{}(path.str());
    }
};

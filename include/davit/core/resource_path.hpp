#pragma once
// The canonical path of a resource inside the served tree. No layer below `headers/` handles a raw path string.
#include <compare>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace davit {

/// Why a path was refused. The client is at fault in every case.
enum class PathError : std::uint8_t {
    not_absolute,   ///< does not begin with '/'
    bad_escape,     ///< '%' not followed by two hex digits
    encoded_slash,  ///< %2F inside a segment: a proxy re-encoded the path, or an attacker is probing
    nul,            ///< a zero byte
    climbs,         ///< ".." beyond the root
    reserved,       ///< contains a name that belongs to the server (ResourcePath::is_reserved)
    too_long,       ///< longer than any storable name or path, in any Unicode form
};
std::string_view explain(PathError error);
/// Describes the error, with its position in the path as written if it has one.
std::string explain(PathError error, std::string_view path);

/// Normalised, decoded path: segments joined by '/', no leading or trailing slash; the root is the empty string.
/// Invariant: no segment is empty, ".", "..", or holds '/' or NUL. parse() and from_decoded() also refuse reserved
/// names at every depth; child() does not check. Any other byte sequence is allowed (POSIX names), UTF-8 or not. Cheap
/// to copy and compare.
class ResourcePath {
public:
    /// Name of the state folder.
    static constexpr std::string_view reserved_name = ".davit";
    /// True for ".davit" and for every name that begins with ".davit-" (temporary names). No request can name them and
    /// no listing shows them, at any depth. Case, characters that case folding drops (U+200B), and trailing blanks and
    /// dots are ignored, because some file systems treat such names as equal.
    static bool is_reserved(std::string_view segment);

    /// The maximum bytes of a stored name and path. A client may send up to `max_growth` times as many, because
    /// decomposed Unicode is longer. parse() refuses anything longer before it computes anything from it.
    static constexpr std::size_t max_name = 255, max_path = 4096, max_growth = 3;

    ResourcePath() = default;  ///< the root

    /// Reads the percent-encoded path of a request target or URL (RFC 3986, 3.3), without query. Decodes once, drops
    /// empty and "." segments, resolves ".." (RFC 3986, 5.2.4), and refuses the rest. The caller has removed any
    /// prefix.
    static std::expected<ResourcePath, PathError> parse(std::string_view encoded);
    /// Reads decoded text as a file system gives it ("a/b c"), with the same checks.
    static std::expected<ResourcePath, PathError> from_decoded(std::string_view decoded);

    bool is_root() const { return text_.empty(); }
    /// Segments joined by '/', as passed to openat2 relative to the root's descriptor; "" for the root.
    const std::string& str() const { return text_; }
    /// Last segment; "" for the root.
    std::string_view name() const;
    /// Enclosing collection; the root's parent is the root.
    ResourcePath parent() const;
    /// `name` must be one valid segment (a directory entry's name); child() does not check it.
    ResourcePath child(std::string_view name) const;
    /// True when `other` is this resource or lies below it.
    bool contains(const ResourcePath& other) const;
    /// True when `other` lies directly in this collection.
    bool is_parent_of(const ResourcePath& other) const;
    std::size_t depth() const;  ///< number of segments
    /// True when the path and every name in it are short enough to be stored.
    bool fits() const;

    /// Appends the percent-encoded absolute path ("/a%20b"), upper-case hex, ending in '/' if `collection`.
    void append_href(std::string& out, bool collection = false) const;
    std::string href(bool collection = false) const;

    friend auto operator<=>(const ResourcePath&, const ResourcePath&) = default;

private:
    explicit ResourcePath(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// Percent-encodes one segment. Its table is the only one that decides which bytes an href keeps.
void append_encoded_segment(std::string& out, std::string_view segment);
/// Percent-encodes segments joined by '/', with a slash before each.
void append_encoded_segments(std::string& out, std::string_view path);

}  // namespace davit

template <>
struct std::hash<davit::ResourcePath> {
    std::size_t operator()(const davit::ResourcePath& path) const noexcept {
        return std::hash<std::string>{}(path.str());
    }
};

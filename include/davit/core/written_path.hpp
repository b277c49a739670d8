#pragma once
// The path of a URL as the client wrote it.
#include <cstddef>
#include <string>
#include <string_view>

namespace davit {

/// A client compares hrefs with its own URL, often as text: `/a,b/` and `/a%2Cb/` are two URLs for it (RFC 4918, 8.3;
/// RFC 3986, 6.2). Therefore this class keeps the bytes of each segment, the case of hex digits and empty segments. It
/// changes only this: it resolves dot segments as ResourcePath::parse() does, collapses several leading slashes into
/// one, and percent-encodes bytes that no URL may hold. The text is always a valid path that begins with one slash, and
/// is safe in a header field. A writer of XML or HTML must escape '&'.
class WrittenPath {
public:
    WrittenPath() : text_("/") {}
    /// `encoded` is the path of a request target or URL, without query. ResourcePath::parse() must accept it.
    explicit WrittenPath(std::string_view encoded);

    /// True when the end of the path names a collection: a slash or a dot segment.
    static bool names_collection(std::string_view encoded);

    const std::string& text() const { return text_; }
    /// The number of segments that are not empty: the depth of the resource's path.
    std::size_t depth() const;
    /// The first `depth` of these segments, without a trailing slash; "" for none.
    std::string_view first(std::size_t depth) const;
    /// Inserts a prefix before the path: "/dav", or "" for none. The prefix must be a valid path without a trailing
    /// slash.
    void prepend(std::string_view prefix) { text_.insert(0, prefix); }

private:
    std::string text_;
};

}  // namespace davit

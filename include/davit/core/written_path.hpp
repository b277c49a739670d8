#pragma once
// The path of a URL in the spelling of the client that sent it.
#include <cstddef>
#include <string>
#include <string_view>

namespace davit {

/// A client compares hrefs with its own URL, often as text: `/a,b/` and `/a%2Cb/` are two URLs for it (RFC 4918, 8.3;
/// RFC 3986, 6.2). So the bytes of each segment are kept, upper and lower case of hex digits and empty segments too.
/// Only this is changed: dot segments are resolved as ResourcePath::parse() resolves them, several slashes at the
/// beginning become one, and a byte that no URL may hold is percent-encoded. The text is always a valid path: it begins
/// with one slash, and can be written into a header field as it is. In XML and HTML '&' has to be escaped.
class WrittenPath {
public:
    WrittenPath() : text_("/") {}
    /// `encoded` is the path of a request target or URL, without query, which ResourcePath::parse() accepts.
    explicit WrittenPath(std::string_view encoded);

    /// Does the path name a collection by its end: a slash, or a dot segment?
    static bool names_collection(std::string_view encoded);

    const std::string& text() const { return text_; }
    /// Number of segments that are not empty: the depth of the resource's path.
    std::size_t depth() const;
    /// The first `depth` of these segments, without a slash behind them; "" for none.
    std::string_view first(std::size_t depth) const;
    /// Puts a prefix before the path: "/dav", or "" for none. It is a valid path and ends in no slash.
    void prepend(std::string_view prefix) { text_.insert(0, prefix); }

private:
    std::string text_;
};

}  // namespace davit

// Checks that content arrives and returns unchanged.
#include <algorithm>

#include "doctor_walk.hpp"

namespace davit::app {
namespace {

constexpr std::size_t large = 2U << 20U;
constexpr std::size_t middling = 100U << 10U;
constexpr const char* untouched = "nginx: take away what changes or keeps bodies: proxy_cache, proxy_store, sub_filter";

/// Text that a proxy might compress or rewrite.
std::string page(const Walk& walk, std::string_view word) {
    std::string text = "<html><body>";
    while (text.size() < 4096) text.append("<a href=\"").append(walk.url(word)).append("\">text</a>\n");
    return text + "</body></html>";
}

void check_etag(Walk& walk, const std::string& where, const Answer& answer, const std::string& etag,
                const std::string& first) {
    if (etag.empty())
        walk.found(walk.proxy(), where + " has no ETag.", "nginx: take away proxy_hide_header ETag, etag off and gzip");
    else if (etag.starts_with("W/") || !answer.field("Content-Encoding").empty())
        walk.found(walk.proxy(),
                   where + " has the ETag " + etag + ": compression on the way makes it weak, and If-Match will fail.",
                   "nginx: gzip off; in this location");
    else if (!first.empty() && etag != first)
        walk.found(
            walk.proxy(), where + " has the ETag " + etag + ", where PUT said " + first + ".",
            std::string(untouched) +
                "; for files nginx sends itself (X-Accel-Redirect): etag off; add_header ETag $upstream_http_etag;");
}

std::string unescaped(std::string text) {
    constexpr std::string_view quote = "&quot;";
    for (auto at = text.find(quote); at != std::string::npos; at = text.find(quote))
        text.replace(at, quote.size(), "\"");
    return text;
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool code = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
        out += code ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
        if (code) i += 2;
    }
    return out;
}

constexpr const char* as_sent =
    "nginx: proxy_pass http://dav; without a path behind the host and without $uri, and no "
    "rewrite: then the path is passed on as it was sent";

}  // namespace

void check_bodies(Walk& walk) {
    const auto put = [&](const std::string& what, std::string_view name, std::size_t size, bool chunked) {
        std::string body(size, 'd');
        const auto answer = chunked ? walk.put_chunked(name, body) : walk.ask("PUT", name, {}, body);
        if (!is_success(answer)) return walk.refused(what, answer);
        const auto back = walk.ask("GET", name);
        if (back.status == 404 && hop_of(back) != "Davit")
            walk.found(walk.proxy(),
                       what + " went well, but " + walk.proxy() + " finds nothing for a GET, and did not ask Davit.",
                       "nginx: pass GET on; or, with X-Accel-Redirect, let the alias of the internal location be the "
                       "folder Davit serves, and nginx's user read it");
        else if (back.status != 200 || back.body.size() != size)
            walk.found(walk.proxy(),
                       what + " went well, but GET then shows " + std::to_string(back.status) + " with " +
                           std::to_string(back.body.size()) + " bytes.",
                       "take away what stores or shortens bodies on the way");
    };
    put("PUT of 1 byte", "one-byte", 1, false);
    put("PUT of 2 MB", "large", large, false);
    put("PUT in chunks", "chunked", middling, true);
}

void check_streaming(Walk& walk) {
    if (const auto put = walk.ask("PUT", "streamed", {}, "x"); !is_success(put)) return walk.refused("PUT", put);
    const Fields fields{{"If-None-Match", "*"}};
    if (walk.ask("PUT", "streamed", fields, "y").status != 412) return;  // check_conditions reports the reason
    // Davit decides by the head alone that the request may not replace the file, and refuses before it has received the
    // body.
    const auto answer = walk.put_half("streamed", fields, std::string(middling, 'd'));
    if (answer.status == 0)
        walk.advise(walk.proxy(),
                    "Uploads are stored on the way and passed on when they are complete: a refusal comes late, and "
                    "clients show no true progress.",
                    "nginx: proxy_request_buffering off; proxy_http_version 1.1;");
}

void check_content(Walk& walk) {
    const auto first = page(walk, "first");
    const auto second = page(walk, "second");
    if (const auto answer = walk.ask("PUT", "page.html", {}, first); !is_success(answer))
        return walk.refused("PUT of a page", answer);
    if (const auto answer = walk.ask("GET", "page.html"); answer.status != 200)
        return walk.refused("GET", answer);
    else if (answer.body != first)
        walk.found(walk.proxy(), "GET shows other bytes than were PUT.", untouched);
    walk.ask("PUT", "page.html", {}, second);
    if (const auto answer = walk.ask("GET", "page.html"); answer.body == first)
        walk.found(walk.proxy(), "GET shows the bytes that were there before the last PUT.", "nginx: proxy_cache off;");
    if (const auto answer = walk.ask("HEAD", "page.html"); answer.status != 200)
        walk.refused("HEAD", answer);
    else if (answer.field("Content-Length") != std::to_string(second.size()))
        walk.found(walk.proxy(), "HEAD does not tell the length of the file.", "nginx: gzip off; and no sub_filter");
    const auto part = walk.ask("GET", "page.html", {{"Range", "bytes=0-3"}});
    if (part.status != 206 || part.body != second.substr(0, 4))
        walk.found(walk.proxy(),
                   "GET with Range: bytes=0-3 was answered " + std::to_string(part.status) + " with " +
                       std::to_string(part.body.size()) + " bytes.",
                   "nginx: take away the proxy_set_header that empties Range, max_ranges 0 and proxy_cache");
}

void check_etags(Walk& walk) {
    const auto put = walk.ask("PUT", "tagged.html", {}, page(walk, "tagged"));
    if (!is_success(put)) return walk.refused("PUT of a page", put);
    const auto etag = put.field("ETag");
    check_etag(walk, "The answer to PUT", put, etag, {});
    const auto get = walk.ask("GET", "tagged.html", {{"Accept-Encoding", "gzip"}});
    check_etag(walk, "GET with Accept-Encoding: gzip", get, get.field("ETag"), etag);
    const auto listed = walk.ask("PROPFIND", "tagged.html", {{"Depth", "0"}});
    const auto tags = texts_of(listed, "getetag");
    if (listed.status == 207)
        check_etag(walk, "PROPFIND", {}, tags.empty() ? std::string() : unescaped(tags.front()), etag);
}

void check_names(Walk& walk) {
    const std::vector<std::string> names{"a%20b", "100%25", "a%23b", "a+b",       "%C3%BC",
                                         "a%3Fb", "a%2541", "a%26b", "a%3Bb%3D1", "%5Ba%5D"};
    if (const auto answer = walk.ask("MKCOL", "names/"); answer.status != 201) return walk.refused("MKCOL", answer);
    for (const auto& name : names) walk.ask("PUT", "names/" + name, {}, name);
    const auto listed = walk.ask("PROPFIND", "names/", {{"Depth", "1"}});
    std::vector<std::string> shown;
    for (const auto& href : texts_of(listed, "href")) {
        const auto plain = decoded(unescaped(href));
        shown.push_back(plain.substr(plain.rfind('/') + 1));
    }
    std::string lost;
    for (const auto& name : names) {
        auto wanted = decoded(name);
        if (wanted == "a&b") wanted = "a&amp;b";
        const bool there =
            std::ranges::find(shown, wanted) != shown.end() || std::ranges::find(shown, decoded(name)) != shown.end();
        if (!there || walk.ask("GET", "names/" + name).body != name) lost += (lost.empty() ? "" : ", ") + name;
    }
    if (!lost.empty()) walk.found(walk.proxy(), "These names do not arrive as they are sent: " + lost + ".", as_sent);
    // Davit refuses an encoded slash. Any other response means that a proxy decoded it.
    if (const auto answer = walk.ask("PUT", "names/a%2Fb", {}, "x"); answer.status != 400)
        walk.found(walk.proxy(),
                   "An encoded slash in a name (a%2Fb) should be refused with 400 and was answered " +
                       std::to_string(answer.status) + ": paths are decoded on the way.",
                   as_sent);
}

}  // namespace davit::app

// Media types by file name extension: the common ones of IANA's registry, as web servers send them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "davit/engine/live_properties.hpp"

namespace davit::engine {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

constexpr auto media_types = [] {
    std::array table{
        Row{"7z", "application/x-7z-compressed"},
        Row{"aac", "audio/aac"},
        Row{"avi", "video/x-msvideo"},
        Row{"avif", "image/avif"},
        Row{"bmp", "image/bmp"},
        Row{"bz2", "application/x-bzip2"},
        Row{"c", "text/x-c"},
        Row{"cpp", "text/x-c"},
        Row{"css", "text/css"},
        Row{"csv", "text/csv"},
        Row{"doc", "application/msword"},
        Row{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        Row{"epub", "application/epub+zip"},
        Row{"flac", "audio/flac"},
        Row{"gif", "image/gif"},
        Row{"gz", "application/gzip"},
        Row{"h", "text/x-c"},
        Row{"heic", "image/heic"},
        Row{"hpp", "text/x-c"},
        Row{"htm", "text/html"},
        Row{"html", "text/html"},
        Row{"ico", "image/vnd.microsoft.icon"},
        Row{"ics", "text/calendar"},
        Row{"jpeg", "image/jpeg"},
        Row{"jpg", "image/jpeg"},
        Row{"js", "text/javascript"},
        Row{"json", "application/json"},
        Row{"log", "text/plain"},
        Row{"m4a", "audio/mp4"},
        Row{"m4v", "video/mp4"},
        Row{"md", "text/markdown"},
        Row{"mkv", "video/x-matroska"},
        Row{"mov", "video/quicktime"},
        Row{"mp3", "audio/mpeg"},
        Row{"mp4", "video/mp4"},
        Row{"mpeg", "video/mpeg"},
        Row{"odp", "application/vnd.oasis.opendocument.presentation"},
        Row{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
        Row{"odt", "application/vnd.oasis.opendocument.text"},
        Row{"ogg", "audio/ogg"},
        Row{"opus", "audio/opus"},
        Row{"otf", "font/otf"},
        Row{"pdf", "application/pdf"},
        Row{"png", "image/png"},
        Row{"ppt", "application/vnd.ms-powerpoint"},
        Row{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
        Row{"rar", "application/vnd.rar"},
        Row{"rtf", "application/rtf"},
        Row{"svg", "image/svg+xml"},
        Row{"tar", "application/x-tar"},
        Row{"tif", "image/tiff"},
        Row{"tiff", "image/tiff"},
        Row{"ttf", "font/ttf"},
        Row{"txt", "text/plain"},
        Row{"vcf", "text/vcard"},
        Row{"wasm", "application/wasm"},
        Row{"wav", "audio/wav"},
        Row{"webm", "video/webm"},
        Row{"webp", "image/webp"},
        Row{"woff", "font/woff"},
        Row{"woff2", "font/woff2"},
        Row{"xhtml", "application/xhtml+xml"},
        Row{"xls", "application/vnd.ms-excel"},
        Row{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        Row{"xml", "application/xml"},
        Row{"xz", "application/x-xz"},
        Row{"yaml", "application/yaml"},
        Row{"yml", "application/yaml"},
        Row{"zip", "application/zip"},
        Row{"zst", "application/zstd"},
    };
    return table;
}();
static_assert(std::ranges::is_sorted(media_types, {}, &Row::first), "binary search needs order");

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view media_type(const ResourcePath& path) {
    constexpr std::string_view unknown = "application/octet-stream";
    constexpr std::size_t longest = 5;
    const auto name = path.name();
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || name.size() - dot - 1 > longest) return unknown;
    std::string extension(name.substr(dot + 1));
    std::ranges::transform(extension, extension.begin(), lower);
    const auto row = std::ranges::lower_bound(media_types, std::string_view(extension), {}, &Row::first);
    return row != media_types.end() && row->first == extension ? row->second : unknown;
}

}  // namespace davit::engine

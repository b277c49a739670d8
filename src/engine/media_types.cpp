// Media types by file name extension: the common ones of IANA's registry, as web servers send them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "davit/engine/media_types.hpp"
#include "davit/engine/services.hpp"

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

constexpr std::string_view unknown_type = "application/octet-stream";

/// A longer text after a dot is a part of the name, not an extension.
constexpr std::size_t longest_extension = 32;

/// The text after the last dot. A name whose only dot comes first has no extension.
std::string_view extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

bool is_token_char(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || marks.find(c) != marks.npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

std::string_view without_blanks_around(std::string_view text) {
    constexpr std::string_view space = " \t";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string_view built_in(std::string_view extension) {
    const auto row = std::ranges::lower_bound(media_types, extension, {}, &Row::first);
    return row != media_types.end() && row->first == extension ? row->second : unknown_type;
}

}  // namespace

MediaTypes::MediaTypes(const std::map<std::string, std::string>& system,
                       const std::map<std::string, std::string>& configured) {
    for (const auto* source : {&system, &configured})
        for (const auto& [extension, type] : *source) by_extension_[lowered(extension)] = type;
}

std::string_view MediaTypes::find(std::string_view extension) const {
    const auto found = by_extension_.find(extension);
    return found == by_extension_.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view media_type(const Policy& policy, const ResourcePath& path) {
    const auto given = extension_of(path.name());
    if (given.empty() || given.size() > longest_extension) return unknown_type;
    const auto extension = lowered(given);
    const auto configured = policy.media_types ? policy.media_types->find(extension) : std::string_view();
    return configured.empty() ? built_in(extension) : configured;
}

bool is_media_type(std::string_view text) {
    const auto essence = without_blanks_around(text.substr(0, text.find(';')));
    const auto slash = essence.find('/');
    return slash != essence.npos && is_token(essence.substr(0, slash)) && is_token(essence.substr(slash + 1)) &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

bool may_need_charset(std::string_view media_type) {
    return media_type.starts_with("text/") && media_type.find(';') == media_type.npos;
}

}  // namespace davit::engine

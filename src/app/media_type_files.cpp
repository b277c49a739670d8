#include "media_type_files.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <sstream>

#include "davit/engine/media_types.hpp"
#include "regular_file.hpp"

namespace davit::app {
namespace {

constexpr std::size_t max_media_type_file = 1U << 20U;

/// True for a possible file name extension.
bool is_extension(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](char c) {
        return c == '.' || c == '/' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    });
}

}  // namespace

std::map<std::string, std::string> parse_media_types(std::string_view text) {
    std::map<std::string, std::string> types;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string type;
        if (!(words >> type) || !engine::is_media_type(type)) continue;
        for (std::string extension; words >> extension;)
            if (is_extension(extension)) types.emplace(std::move(extension), type);
    }
    return types;
}

std::map<std::string, std::string> system_media_types() {
    static std::mutex mutex;
    static std::map<std::string, std::string> last;
    const std::lock_guard guard(mutex);
    std::error_code error;
    const bool exists = std::filesystem::exists(system_media_type_file, error);
    if (!exists && !error) last.clear();
    if (!exists) return last;
    // A confined server cannot read a replacement of the allowed file (landlock).
    if (const auto text = read_regular_file(system_media_type_file, max_media_type_file))
        last = parse_media_types(*text);
    return last;
}

void read_types(const toml::node& node, Configuration& into, NodeErrors& errors) {
    const auto* table = node.as_table();
    if (!table) {
        errors.push_back({node.source(), "types: expected a table, such as [types] with md = \"text/markdown\""});
        return;
    }
    for (const auto& [key, value] : *table) {
        const std::string written(key.str());
        const auto extension = written.starts_with('.') ? written.substr(1) : written;
        const auto type = value.value_exact<std::string>();
        if (!is_extension(extension))
            errors.push_back({key.source(), "types." + written + ": expected an extension such as md"});
        else if (!type || !engine::is_media_type(*type))
            errors.push_back({value.source(), "types." + written + ": expected a media type such as \"text/plain\""});
        else
            into.types[extension] = *type;
    }
}

}  // namespace davit::app

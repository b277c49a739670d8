#include "toml_depth.hpp"

#include <algorithm>
#include <string>

namespace davit::app {
namespace {

/// The position after the string that begins at `at`. A one-line string ends with its line in any case.
std::size_t skip_string(std::string_view toml, std::size_t at) {
    const char quote = toml[at];
    const bool escapes = quote == '"';
    const std::string end(toml.substr(at, 3) == std::string(3, quote) ? 3 : 1, quote);
    for (at += end.size(); at < toml.size(); ++at) {
        if (toml.substr(at, end.size()) == end) {
            at += end.size();
            // One or two quotes before the closing three belong to the text.
            for (int more = 0; end.size() == 3 && more < 2 && at < toml.size() && toml[at] == quote; ++more) ++at;
            return at;
        }
        if (end.size() == 1 && toml[at] == '\n') return at;
        if (escapes && toml[at] == '\\') ++at;
    }
    return toml.size();
}

}  // namespace

std::optional<std::size_t> line_of_deep_key(std::string_view toml) {
    constexpr std::string_view between_keys = "\n=,[{";
    std::size_t dots = 0;
    std::size_t line = 1;
    for (std::size_t at = 0; at < toml.size();) {
        const char here = toml[at];
        auto next = at + 1;
        if (here == '"' || here == '\'') next = skip_string(toml, at);
        if (here == '#') next = std::min(toml.find('\n', at), toml.size());
        if (between_keys.find(here) != between_keys.npos) dots = 0;
        if (here == '.' && ++dots > most_key_dots) return line;
        for (; at < next; ++at) line += toml[at] == '\n' ? 1 : 0;
    }
    return std::nullopt;
}

}  // namespace davit::app

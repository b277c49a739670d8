#include "davit/core/name_patterns.hpp"

#include <algorithm>

namespace davit {
namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Backtracks to the last '*' only. That is enough: a longer match for an earlier '*' never helps.
bool fits(std::string_view pattern, std::string_view name) {
    constexpr auto none = std::string_view::npos;
    std::size_t at = 0;
    std::size_t star = none;
    std::size_t taken_to = 0;
    for (std::size_t i = 0; i < name.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken_to = i;
        } else if (at < pattern.size() && (pattern[at] == '?' || lower(pattern[at]) == lower(name[i]))) {
            ++at;
            ++i;
        } else if (star != none) {
            at = star + 1;
            i = ++taken_to;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == none;
}

}  // namespace

bool NamePatterns::match(std::string_view name) const {
    return std::ranges::any_of(patterns_, [&](const std::string& pattern) { return fits(pattern, name); });
}

NamePatterns usual_litter() {
    return NamePatterns({"._*", ".DS_Store", ".Spotlight-V100", ".Trashes", ".fseventsd", ".TemporaryItems",
                         ".DocumentRevisions-V100", ".apdisk", ".metadata_never_index", "Thumbs.db", "ehthumbs.db",
                         "desktop.ini"});
}

}  // namespace davit

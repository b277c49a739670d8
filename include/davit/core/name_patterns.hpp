#pragma once
// Patterns for names: "._*", "Thumbs.db".
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// '*' matches any bytes and '?' one byte. ASCII letters match in either case, because the systems that create such
/// names ignore case.
class NamePatterns {
public:
    NamePatterns() = default;
    explicit NamePatterns(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

    bool empty() const { return patterns_.empty(); }
    bool match(std::string_view name) const;

private:
    std::vector<std::string> patterns_;
};

/// The names that macOS and Windows create in directories that they display.
NamePatterns usual_litter();

}  // namespace davit

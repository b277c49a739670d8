#pragma once
// Names by pattern: "._*", "Thumbs.db".
#include <string>
#include <string_view>
#include <vector>

namespace davit {

/// '*' stands for any bytes, '?' for one; letters of ASCII match in either case, as they do for the systems that make
/// such names.
class NamePatterns {
public:
    NamePatterns() = default;
    explicit NamePatterns(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

    bool empty() const { return patterns_.empty(); }
    bool match(std::string_view name) const;

private:
    std::vector<std::string> patterns_;
};

/// What macOS and Windows leave in folders they look into.
NamePatterns usual_litter();

}  // namespace davit

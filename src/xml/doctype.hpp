#pragma once
// A document type declaration (XML 1.0, 2.8), which no body may have. The scanner reads it only to find the reason for
// the refusal.
#include <cstddef>
#include <string_view>

namespace davit::xml {

class DoctypeScanner {
public:
    /// `text` begins with "<!DOCTYPE".
    explicit DoctypeScanner(std::string_view text) : text_(text) {}

    /// True when the declaration, or an ENTITY declaration inside it, has an external identifier (SYSTEM or PUBLIC).
    bool names_external_entity();
    /// The number of bytes read.
    std::size_t steps() const { return at_; }

private:
    bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    void skip_past(std::string_view what, std::size_t from);
    std::string_view word();

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace davit::xml

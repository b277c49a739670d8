#pragma once
// A document type declaration (XML 1.0, 2.8), which no body may have. It is read for the reason of the refusal alone.
#include <cstddef>
#include <string_view>

namespace davit::xml {

class DoctypeScanner {
public:
    /// `text` begins with "<!DOCTYPE".
    explicit DoctypeScanner(std::string_view text) : text_(text) {}

    /// True when the declaration, or an ENTITY declaration inside it, has an external identifier (SYSTEM or PUBLIC).
    bool names_external_entity();
    /// Bytes that were looked at.
    std::size_t steps() const { return at_; }

private:
    bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    void skip_past(std::string_view what, std::size_t from);
    std::string_view word();

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace davit::xml

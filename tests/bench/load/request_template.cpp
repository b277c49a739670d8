#include "request_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace load {

RequestTemplate::RequestTemplate(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Gap>, 4> gaps{
        {{"{n}", Gap::n}, {"{n8}", Gap::n8}, {"{value}", Gap::value}, {"{token}", Gap::token}}};
    std::string literal;
    while (!text.empty()) {
        auto found = Gap::none;
        for (const auto& [name, gap] : gaps) {
            if (text.starts_with(name)) {
                found = gap;
                text.remove_prefix(name.size());
                break;
            }
        }
        if (found == Gap::none) {
            literal += text.front();
            text.remove_prefix(1);
        } else {
            pieces_.push_back({std::exchange(literal, {}), found});
        }
    }
    pieces_.push_back({literal, Gap::none});
}

void RequestTemplate::append(std::string& out, const Gaps& gaps) const {
    for (const auto& piece : pieces_) {
        out += piece.text;
        switch (piece.gap) {
            case Gap::n:
                out += std::to_string(gaps.n);
                break;
            case Gap::n8: {
                const auto digits = std::to_string(gaps.serial);
                out.append(8 - std::min<std::size_t>(8, digits.size()), '0');
                out += digits;
                break;
            }
            case Gap::value:
                out += gaps.value;
                break;
            case Gap::token:
                out += gaps.token;
                break;
            case Gap::none:
                break;
        }
    }
}

}  // namespace load

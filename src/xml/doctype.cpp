#include "doctype.hpp"

#include <algorithm>

#include "characters.hpp"

namespace davit::xml {

void DoctypeScanner::skip_past(std::string_view what, std::size_t from) {
    const auto end = text_.find(what, std::min(at_ + from, text_.size()));
    at_ = end == std::string_view::npos ? text_.size() : end + what.size();
}

/// The text before the next blank, quote or bracket.
std::string_view DoctypeScanner::word() {
    const auto start = at_;
    constexpr std::string_view marks = "<>[]\"'%";
    while (at_ < text_.size() && !is_xml_space(text_[at_]) && marks.find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(start, at_ - start);
}

bool DoctypeScanner::names_external_entity() {
    bool entity = false;    // inside DOCTYPE itself or ENTITY, whose external identifier counts
    std::size_t words = 0;  // of the declaration: keyword, name, external identifier
    std::size_t subsets = 0;
    while (at_ < text_.size()) {
        if (looking_at("<!--")) {
            skip_past("-->", 4);
        } else if (looking_at("<?")) {
            skip_past("?>", 2);
        } else if (looking_at("<!")) {
            at_ += 2;
            const auto keyword = word();
            entity = keyword == "DOCTYPE" || keyword == "ENTITY";
            words = 1;
        } else if (text_[at_] == '"' || text_[at_] == '\'') {
            skip_past(text_.substr(at_, 1), 1);
        } else if (const auto found = word(); !found.empty()) {
            if (++words == 3 && entity && (found == "SYSTEM" || found == "PUBLIC")) return true;
        } else {
            const char mark = text_[at_++];
            if (mark == '[') ++subsets;
            if (mark == ']' && subsets > 0) --subsets;
            if (mark == '[' || mark == ']' || mark == '>') entity = false;
            if (mark == '>' && subsets == 0) return false;
        }
    }
    return false;
}

}  // namespace davit::xml

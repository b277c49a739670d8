#include "nearest_word.hpp"

#include <algorithm>

namespace davit::app {
namespace {

constexpr std::size_t longest_word = 64;

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// The number of letters to insert, remove, change or swap (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[a.size()][b.size()];
}

/// "srv" for "serve": true when letters are missing but not the first one.
bool shortens(std::string_view written, std::string_view word) {
    if (written.empty() || word.empty() || written.front() != word.front()) return false;
    for (const char c : word)
        if (!written.empty() && written.front() == c) written.remove_prefix(1);
    return written.empty();
}

}  // namespace

std::string nearest_word(std::string_view written, const std::vector<std::string>& words) {
    if (written.size() > longest_word) return {};
    const auto wanted = lower_case(written);
    constexpr std::size_t telling = 3;
    std::string best;
    std::size_t least = (std::max(written.size(), telling) + 1) / 3 + 1;
    for (const auto& word : words) {
        const bool begins = wanted.size() >= telling && lower_case(word).starts_with(wanted);
        const bool short_form = wanted.size() >= telling && shortens(wanted, lower_case(word));
        const auto apart = begins ? 0 : short_form ? 1 : distance(wanted, lower_case(word));
        if (apart >= least || apart >= word.size()) continue;
        least = apart;
        best = word;
    }
    return best;
}

std::string did_you_mean(std::string_view written, const std::vector<std::string>& words) {
    const auto word = nearest_word(written, words);
    return word.empty() ? std::string() : "; did you mean " + word + "?";
}

}  // namespace davit::app

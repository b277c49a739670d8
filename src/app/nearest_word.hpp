#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace davit::app {

/// The word that was probably meant; "" when none is similar: about one letter in three may differ. A prefix of three
/// letters or more counts as similar.
std::string nearest_word(std::string_view written, const std::vector<std::string>& words);
/// "; did you mean serve?", or "".
std::string did_you_mean(std::string_view written, const std::vector<std::string>& words);

}  // namespace davit::app

#include "link_text.hpp"

#include <algorithm>

namespace davit::fs {
namespace {

constexpr std::string_view parent_step = "..";

Steps joined(const Steps& one, const Steps& other) {
    auto steps = one;
    steps.insert(steps.end(), other.begin(), other.end());
    return steps;
}

bool begins_with(const Steps& steps, const Steps& start) {
    return steps.size() >= start.size() && std::equal(start.begin(), start.end(), steps.begin());
}

std::string text_of(std::size_t ups, const Steps& names, std::size_t from) {
    std::string text;
    const auto add = [&](std::string_view step) {
        if (!text.empty()) text += '/';
        text += step;
    };
    for (std::size_t i = 0; i < ups; ++i) add(parent_step);
    for (std::size_t i = from; i < names.size(); ++i) add(names[i]);
    return text.empty() ? "." : text;
}

std::string way(const Steps& from, const Steps& to) {
    const auto [end, unused] = std::ranges::mismatch(from, to);
    const auto common = static_cast<std::size_t>(end - from.begin());
    return text_of(from.size() - common, to, common);
}

/// The relative path from `folder` to `target`, which may lie in the tree.
std::string way_after(const Steps& below, const Relocation& relocation, const Steps& target) {
    const auto folder = joined(relocation.to, below);
    if (!begins_with(target, relocation.from)) return way(folder, target);
    const Steps inside(target.begin() + static_cast<std::ptrdiff_t>(relocation.from.size()), target.end());
    return way(folder, joined(relocation.to, inside));
}

std::optional<std::string> relocate(const Steps& steps, const Steps& folder, const Steps& new_folder,
                                    const std::function<std::string(const Steps&)>& way_to, const Resolve& resolve) {
    const auto names = std::ranges::find_if(steps, [](const auto& step) { return step != parent_step; });
    const auto ups = static_cast<std::size_t>(names - steps.begin());
    if (std::find(names, steps.end(), parent_step) != steps.end()) {
        const auto target = resolve();
        if (!target) return std::nullopt;
        return way_to(*target);
    }
    const Steps rest(names, steps.end());
    if (ups > folder.size()) return text_of(new_folder.size() + ups - folder.size(), rest, 0);  // above the root
    const Steps base(folder.begin(), folder.end() - static_cast<std::ptrdiff_t>(ups));
    return way_to(joined(base, rest));
}

}  // namespace

Steps split_steps(std::string_view text) {
    Steps steps;
    while (!text.empty()) {
        const auto end = std::min(text.find('/'), text.size());
        if (const auto step = text.substr(0, end); !step.empty() && step != ".") steps.emplace_back(step);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return steps;
}

bool leaves_tree(std::string_view text, std::size_t level) {
    if (text.starts_with('/')) return false;  // an absolute link has the same target from everywhere
    for (const auto& step : split_steps(text)) {
        if (step != parent_step)
            ++level;
        else if (level-- == 0)
            return true;
    }
    return false;
}

std::optional<std::string> relocated_text(std::string_view text, const Steps& below, const Relocation& relocation,
                                          const Resolve& resolve) {
    if (!leaves_tree(text, below.size())) return std::string(text);
    const auto way_to = [&](const Steps& target) { return way_after(below, relocation, target); };
    return relocate(split_steps(text), joined(relocation.from, below), joined(relocation.to, below), way_to, resolve);
}

std::optional<std::string> relocated_text(std::string_view text, const Relocation& relocation, const Resolve& resolve) {
    const Steps from(relocation.from.begin(), relocation.from.end() - 1);
    const Steps to(relocation.to.begin(), relocation.to.end() - 1);
    if (text.starts_with('/') || from == to) return std::string(text);
    const auto way_to = [&](const Steps& target) { return way(to, target); };
    return relocate(split_steps(text), from, to, way_to, resolve);
}

}  // namespace davit::fs

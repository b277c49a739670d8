#include "scope.hpp"

namespace davit::xml {

void Scope::leave() {
    for (; declared_.size() > marks_.back(); declared_.pop_back()) {
        const auto at = declared_.back();
        at->second.pop_back();
        if (at->second.empty()) by_prefix_.erase(at);
    }
    marks_.pop_back();
}

void Scope::declare(std::string_view prefix, std::string_view ns) {
    const auto at = by_prefix_.try_emplace(prefix).first;
    at->second.push_back({ns, level()});
    declared_.push_back(at);
}

const Scope::Binding* Scope::find(std::string_view prefix) const {
    const auto at = by_prefix_.find(prefix);
    return at == by_prefix_.end() ? nullptr : &at->second.back();
}

}  // namespace davit::xml

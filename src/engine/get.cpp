#include "davit/engine/get.hpp"

#include "present.hpp"

namespace davit::engine {

Answer<GetOutcome> get(const Services& services, const Target& target, store::Waiting waiting) {
    if (const auto held = check_if(services, target); !held) return std::unexpected(held.error());
    ask(services, Gate::existence);
    GetOutcome outcome;
    auto content = services.resources.open(target.path, waiting);
    if (content) {
        outcome.info = (*content)->info();
        outcome.content = std::move(*content);
    } else if (content.error().code == FailureCode::is_a_collection) {
        const auto info = services.resources.stat(target.path, waiting);
        if (!info) return std::unexpected(info.error());
        outcome.info = *info;
    } else {
        return std::unexpected(std::move(content.error()));
    }
    if (auto right = check_slash(target, outcome.info); !right) return std::unexpected(std::move(right.error()));
    ask(services, Gate::conditions);
    const auto result = check_representation(target, outcome.info, true);
    if (!result) return std::unexpected(result.error());
    outcome.not_modified = *result == ConditionResult::not_modified;
    return outcome;
}

}  // namespace davit::engine

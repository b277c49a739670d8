#include "preconditions.hpp"

#include <algorithm>
#include <span>

namespace davit::engine {
namespace {

// `davit why` lists the gates by their enumerators, so the checks must run in that order.
static_assert(std::ranges::is_sorted(write_steps, {}, &WriteStep::gate));
constexpr bool asks_all_gates() {
    for (auto gate = static_cast<int>(Gate::read_only); gate <= static_cast<int>(Gate::room); ++gate)
        if (std::ranges::none_of(write_steps, [&](const auto& step) { return static_cast<int>(step.gate) == gate; }))
            return false;
    return true;
}
static_assert(asks_all_gates());

constexpr std::size_t existence_step = 2;
static_assert(write_steps[existence_step].name == "existence");

Answer<void> ask_steps(WriteQuestions& questions, std::span<const WriteStep> steps) {
    for (const auto& step : steps) {
        auto passed = (questions.*step.question)();
        if (passed) continue;
        ask(questions.services(), step.gate);
        return passed;
    }
    return {};
}

}  // namespace

Answer<void> WriteQuestions::read_only() {
    ask(services_, Gate::read_only);
    if (!services_.policy.read_only) return {};
    return fail(FailureCode::read_only, "Nothing can be changed here: it is served for reading only.");
}

Answer<void> WriteQuestions::if_header() {
    return check_if(services_, target_);
}

Answer<void> WriteQuestions::check_conditions(const std::optional<store::ResourceInfo>& info) {
    ask(services_, Gate::conditions);
    const auto result = check_representation(target_, info, false);
    if (!result) return std::unexpected(result.error());
    return {};
}

Answer<void> check_preconditions(WriteQuestions& questions) {
    return ask_steps(questions, write_steps);
}

Answer<void> check_before_existence(WriteQuestions& questions) {
    return ask_steps(questions, std::span(write_steps).first<existence_step>());
}

Answer<void> check_after_existence(WriteQuestions& questions) {
    return ask_steps(questions, std::span(write_steps).subspan<existence_step + 1>());
}

}  // namespace davit::engine

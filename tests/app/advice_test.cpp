#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "davit/app/explain.hpp"

namespace davit::app {
namespace {

std::string page(const std::string& name) {
    std::ifstream in(std::string(DAVIT_TESTS_DIR) + "/../docs/" + name);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.view().empty()) << name;
    return text.str();
}

Explanation of(const FailureKind& kind) {
    Explanation explanation;
    auto& cause = explanation.cause.emplace();
    cause.href = "/f";
    cause.status = number(kind.status);
    cause.code = kind.name;
    return explanation;
}

TEST(Advice, EveryCodeHasItsOwnSentence) {
    std::map<std::string, std::string_view> said;
    for (const auto& kind : failure_kinds()) {
        const std::string sentence(advice_of_code(kind.name));
        EXPECT_FALSE(sentence.empty()) << kind.name << " has no advice";
        EXPECT_EQ(advice(of(kind)), sentence) << kind.name;
        const auto [same, fresh] = said.emplace(sentence, kind.name);
        EXPECT_TRUE(fresh) << kind.name << " has the sentence of " << same->second;
    }
}

TEST(Advice, NoCodeHasTheSentenceOfAStatus) {
    for (const auto& kind : failure_kinds()) {
        auto unknown = of(kind);
        unknown.cause->code.clear();
        EXPECT_NE(advice(unknown), advice_of_code(kind.name)) << kind.name << " says no more than its status";
        EXPECT_FALSE(advice(unknown).starts_with("Read the sentence above")) << number(kind.status);
    }
}

TEST(Advice, NamesOnlyKeysThatThereAre) {
    const auto known = page("configuration.md") + page("login.md") + page("limits.md");
    const std::regex key("(server|auth|limits|webdav|locks|storage|trash|idempotency|cors|litter)\\.[a-z_]+");
    for (const auto& kind : failure_kinds()) {
        const std::string sentence(advice_of_code(kind.name));
        for (std::sregex_iterator at(sentence.begin(), sentence.end(), key), end; at != end; ++at)
            EXPECT_NE(known.find(at->str()), std::string::npos) << kind.name << " names " << at->str();
    }
}

TEST(Advice, EveryCodeIsDocumented) {
    const auto documented = page("failed-dependency.md");
    for (const auto& kind : failure_kinds()) {
        if (kind.code == FailureCode::would_block) continue;  // never leaves the server
        EXPECT_NE(documented.find("`" + std::string(kind.name) + "`"), std::string::npos) << kind.name;
    }
}

}  // namespace
}  // namespace davit::app

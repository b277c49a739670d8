#include "davit/engine/access.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <tuple>

#include "davit/engine/methods.hpp"
#include "engine/memory_store.hpp"

namespace davit::engine {
namespace {

using testing::World;
using enum Right;

ResourcePath path(std::string_view text) {
    return ResourcePath::from_decoded(text).value();
}

AccessRulesPtr rules(const std::vector<AccessRule>& written) {
    return AccessRules::make(written).value();
}

const Identity anna{"anna", {}};
const Identity bert{"bert", {"staff"}};

TEST(AccessRules, TheDeepestNamedFolderDecidesAlone) {
    const auto made = rules({{"/", {"*"}, Rights::all()}, {"/a", {"anna"}, read}, {"/a/b", {"bert"}, Rights::all()}});
    EXPECT_EQ(made->rights(&anna, path("/x")), Rights::all());
    EXPECT_EQ(made->rights(&anna, path("/a")), read);
    EXPECT_EQ(made->rights(&anna, path("/a/x/y")), read);
    EXPECT_EQ(made->rights(&anna, path("/a/b")), Rights());
    EXPECT_EQ(made->rights(&bert, path("/a")), Rights());
    EXPECT_EQ(made->rights(&bert, path("/a/b/c")), Rights::all());
    EXPECT_EQ(made->rights(nullptr, path("/x")), Rights());
}

TEST(AccessRules, TheRuleThatDecidedIsTheOneThatTakesTheRightAway) {
    const auto made = rules({{"/", {"bert"}, Rights::all(), "f", 1},
                             {"/", {"anna"}, Rights::all(), "f", 2},
                             {"/a", {"anna"}, read, "f", 3},
                             {"/a/b", {"bert"}, Rights::all(), "f", 4},
                             {"/homes/{user}", {"*"}, Rights::all(), "f", 5},
                             {"/homes/anna/x/y", {"anna"}, read, "f", 6}});
    const auto decided = [&](const Identity* who, std::string_view where, Right right, bool below) {
        const auto rule = made->deciding(who, path(where), right, below);
        EXPECT_FALSE(made->rights(who, path(rule.at)).has(right)) << where << " and " << rule.at;
        return std::tuple(rule.line, rule.at);
    };
    EXPECT_EQ(decided(&anna, "/a/f", write, false), std::tuple(3U, "/a/f"));
    EXPECT_EQ(decided(&anna, "/a/b/c", read, false), std::tuple(4U, "/a/b/c")) << "names others";
    EXPECT_EQ(decided(&anna, "/", read, true), std::tuple(4U, "/a/b")) << "a rule below";
    EXPECT_EQ(decided(&bert, "/", read, true), std::tuple(3U, "/a"));
    EXPECT_EQ(decided(&anna, "/homes/anna", write, true), std::tuple(6U, "/homes/anna/x/y"));
    EXPECT_EQ(decided(nullptr, "/x", read, false), std::tuple(1U, "/x")) << "of rules for others the first";
    EXPECT_EQ(rules({{"/only", {"*"}, read, "f", 7}})->deciding(&anna, path("/x"), read, false).file, "") << "no rule";
}

TEST(AccessRules, RulesMatchWholeSegmentsAndNotPrefixes) {
    const auto made = rules({{"/", {"*"}, read}, {"/a", {"*"}, Rights()}});
    EXPECT_EQ(made->rights(&anna, path("/ab")), read);
    EXPECT_EQ(made->rights(&anna, path("/a!")), read);
    EXPECT_EQ(made->rights(&anna, path("/A")), read);
    EXPECT_EQ(made->rights(&anna, path("/a/b")), Rights());
    EXPECT_EQ(made->rights_within(&anna, path("/ab")), read);
    EXPECT_EQ(made->rights(&anna, path("/x/../a")), Rights()) << "paths are canonical before rules see them";
}

TEST(AccessRules, GroupsStarAndAnonymousNameTheirUsers) {
    const auto made = rules({{"/a", {"@staff"}, read | write}, {"/a", {"*"}, lock}, {"/a", {"anonymous"}, properties}});
    EXPECT_EQ(made->rights(&bert, path("/a")), read | write | lock | properties);
    EXPECT_EQ(made->rights(&anna, path("/a")), lock | properties);
    EXPECT_EQ(made->rights(nullptr, path("/a")), properties);
    const Identity odd{"@staff", {}};
    EXPECT_FALSE(made->rights(&odd, path("/a")).has(read)) << "a user is no group of that name";
}

TEST(AccessRules, TheUserSegmentMatchesOnlyTheUsersOwnName) {
    const auto made = rules({{"/homes/{user}", {"*"}, Rights::all()}, {"/homes/{user}/in", {"*"}, read}});
    EXPECT_EQ(made->rights(&anna, path("/homes/anna/x")), Rights::all());
    EXPECT_EQ(made->rights(&anna, path("/homes/anna/in/x")), read);
    EXPECT_EQ(made->rights(&anna, path("/homes/bert/x")), Rights());
    EXPECT_EQ(made->rights(&anna, path("/homes")), Rights());
    EXPECT_EQ(made->rights(nullptr, path("/homes/{user}")), Rights());
    EXPECT_EQ(made->rights_within(&anna, path("/homes/anna")), read);
    for (const auto* name : {"", ".", "..", "a/b", "../bert"}) {
        const Identity odd{name, {}};
        EXPECT_EQ(made->rights(&odd, path("/homes/bert")), Rights()) << name;
        EXPECT_EQ(made->rights(&odd, path("/homes/a/b")), Rights()) << name;
    }
}

TEST(AccessRules, NamesInAnyUnicodeFormAreEqual) {
    // As NFC would, for one letter: e and a combining acute.
    const NameForm form = [](std::string_view text) {
        std::string made(text);
        for (auto at = made.find("e\u0301"); at != made.npos; at = made.find("e\u0301")) made.replace(at, 3, "\u00e9");
        return made;
    };
    const std::vector<AccessRule> written{
        {"/", {"*"}, read}, {"/caf\u00e9", {"*"}, Rights()}, {"/h/{user}/caf\u00e9", {"*"}, Rights::all()}};
    const auto made = AccessRules::make(written, form).value();
    EXPECT_EQ(made->rights(&anna, path("/cafe\u0301/x")), Rights());
    EXPECT_EQ(made->rights(&anna, path("/caf\u00e9/x")), Rights());
    EXPECT_EQ(made->rights(&anna, path("/cafe/x")), read);
    EXPECT_EQ(rules(written)->rights(&anna, path("/cafe\u0301/x")), read) << "without a form every spelling is a name";
}

TEST(AccessRules, TwoUsersWhoseNamesLookTheSameAreTwo) {
    const NameForm form = [](std::string_view text) {
        std::string made(text);
        for (auto at = made.find("e\u0301"); at != made.npos; at = made.find("e\u0301")) made.replace(at, 3, "\u00e9");
        for (auto at = made.find("\u212a"); at != made.npos; at = made.find("\u212a")) made.replace(at, 3, "K");
        return made;
    };
    const auto made = AccessRules::make({{"/", {"*"}, read},
                                         {"/h/{user}", {"*"}, Rights::all()},
                                         {"/h/{user}/caf\u00e9", {"*"}, read | write},
                                         {"/h/Karl", {"bert"}, write}},
                                        form)
                          .value();
    const Identity composed{"ren\u00e9", {}}, apart{"rene\u0301", {}}, kelvin{"\u212aarl", {}}, karl{"Karl", {}};
    for (const auto& [who, folder, others] :
         {std::tuple(&composed, "/h/ren\u00e9", &apart), std::tuple(&composed, "/h/rene\u0301", &apart),
          std::tuple(&karl, "/h/Karl", &kelvin), std::tuple(&karl, "/h/\u212aarl", &kelvin)}) {
        EXPECT_EQ(made->rights(who, path(folder)), Rights::all());
        EXPECT_EQ(made->rights(who, path(std::string(folder) + "/cafe\u0301/x")), read | write);
        EXPECT_EQ(made->rights_within(who, path(folder)), read | write);
        EXPECT_FALSE(made->rights(others, path(folder)).has(write));
        EXPECT_FALSE(made->rights(others, path(std::string(folder) + "/cafe\u0301")).has(write));
        EXPECT_FALSE(made->rights_within(others, path(folder)).has(write));
    }
    EXPECT_EQ(made->rights(&bert, path("/h/\u212aarl")), write);
}

TEST(AccessRules, ALiteralNameAndOnesOwnAreOneFolder) {
    const auto made = rules({{"/h/{user}", {"*"}, read},
                             {"/h/anna", {"*"}, write},
                             {"/h/{user}/{user}/in", {"*"}, lock},
                             {"/h/anna/anna", {"anna"}, read | remove},
                             {"/h/bert/{user}", {"*"}, properties}});
    EXPECT_EQ(made->rights(&anna, path("/h/anna/x")), read | write);
    EXPECT_EQ(made->rights(&bert, path("/h/anna/x")), write);
    EXPECT_EQ(made->rights(&anna, path("/h/anna/anna/x")), read | remove);
    EXPECT_EQ(made->rights(&anna, path("/h/anna/anna/in/x")), lock);
    EXPECT_EQ(made->rights(&anna, path("/h/bert/anna/x")), properties);
    EXPECT_EQ(made->rights(&bert, path("/h/bert/bert/in")), lock);
    EXPECT_EQ(made->rights_within(&anna, path("/h/anna/anna/in")), lock);
    EXPECT_EQ(made->rights_within(&anna, path("/h/anna/anna")), Rights());
    EXPECT_EQ(made->rights_within(&anna, path("/h/anna/x")), read | write);
    EXPECT_EQ(made->rights_within(&bert, path("/h/anna/anna")), Rights());
    EXPECT_EQ(made->rights_within(&bert, path("/h/anna/carl")), write);
}

/// The rules again, by going through all of them for every folder on the way: what "{user}" is for each is written out.
struct Plainly {
    std::vector<AccessRule> rules;
    const Identity* who;

    std::optional<Rights> decide(const std::string& folder) const {
        std::optional<Rights> found;
        for (const auto& rule : rules)
            if (meant(rule) == folder)
                for (const auto& user : rule.users)
                    found = found.value_or(Rights()) | (user == "*" || user == who->name ? rule.allow : Rights());
        return found;
    }
    std::string meant(const AccessRule& rule) const {
        auto folder = rule.path.substr(1);
        for (auto at = folder.find("{user}"); at != folder.npos; at = folder.find("{user}"))
            folder.replace(at, 6, who->name);
        return folder;
    }
    Rights rights(std::string folder) const {
        while (true) {
            if (const auto found = decide(folder); found || folder.empty()) return found.value_or(Rights());
            folder.resize(folder.rfind('/') == folder.npos ? 0 : folder.rfind('/'));
        }
    }
    Rights within(const std::string& folder) const {
        auto held = rights(folder);
        for (const auto& rule : rules)
            if (folder.empty() ? !meant(rule).empty() : meant(rule).starts_with(folder + "/"))
                held = held & *decide(meant(rule));
        return held;
    }
};

TEST(AccessRules, TheIndexGivesTheSameRightsAsAScanOfAllRules) {
    std::mt19937 random(7);
    const auto pick = [&](auto... each) {
        const std::array all{std::string(each)...};
        return all[random() % all.size()];
    };
    const auto some_path = [&](bool own) {
        std::string made;
        for (auto n = random() % 4; n > 0; --n)
            made += "/" + (own ? pick("a", "anna", "{user}") : pick("a", "anna", "b"));
        return made.empty() ? std::string("/") : made;
    };
    for (int round = 0; round < 2000; ++round) {
        Plainly plain{{}, &anna};
        for (auto n = random() % 8; n > 0; --n) {
            const Rights allow = std::array{Rights(read), Rights::all(), Rights(), write | lock}[random() % 4];
            plain.rules.push_back({some_path(true), {pick("*", "anna", "bert")}, allow});
        }
        const auto made = rules(plain.rules);
        const auto asked = path(some_path(false));
        EXPECT_EQ(made->rights(&anna, asked), plain.rights(asked.str())) << round;
        EXPECT_EQ(made->rights_within(&anna, asked), plain.within(asked.str())) << round;
    }
}

TEST(AccessRules, FiftyThousandUserRulesTakeNoQuadraticTime) {
    std::vector<AccessRule> many{{"/", {"*"}, Rights::all()}};
    std::string deep;
    for (int i = 0; i < 500; ++i) deep += "/{user}";
    for (int i = 0; i < 50000; ++i) many.push_back({"/g" + std::to_string(i) + "/{user}", {"*"}, read});
    many.push_back({deep, {"*"}, read});
    const auto made = rules(many);  // quadratic, these would take minutes
    EXPECT_EQ(made->rights_within(&anna, {}), read);
    for (int i = 0; i < 50000; ++i) {
        EXPECT_EQ(made->rights(&anna, path("/g" + std::to_string(i) + "/anna/x")), read);
        EXPECT_EQ(made->rights(&anna, path("/g" + std::to_string(i) + "/bert/x")), Rights::all());
    }
    EXPECT_FALSE(AccessRules::make({{deep + deep, {"*"}, read}})) << "longer than a path can be";
}

TEST(AccessRules, RightsWithinAreThoseOfEveryFolderBelow) {
    const auto made = rules({{"/", {"anna"}, Rights::all()}, {"/a/b/c", {"anna"}, read}, {"/d", {"bert"}, read}});
    EXPECT_EQ(made->rights_within(&anna, path("/a")), read);
    EXPECT_EQ(made->rights_within(&anna, path("/a/b/x")), Rights::all());
    EXPECT_EQ(made->rights_within(&anna, path("/a/b/c/d")), read);
    EXPECT_EQ(made->rights_within(&anna, {}), Rights());
}

TEST(AccessRules, RulesWithInvalidPathsOrWithoutUsersAreRejected) {
    for (const AccessRule& wrong :
         {AccessRule{"a", {"*"}, read}, AccessRule{"/../a", {"*"}, read}, AccessRule{"/.davit", {"*"}, read},
          AccessRule{"/a", {}, read}, AccessRule{"/a", {""}, read}, AccessRule{"/a", {"@"}, read}})
        EXPECT_FALSE(AccessRules::make({wrong})) << wrong.path;
}

/// A world whose requests are anna's, with rules.
struct Ruled : World {
    AccessView view;

    Ruled(const std::vector<AccessRule>& written, std::string_view asked)
        : view(rules(written), std::make_shared<const Identity>(anna), path(asked)) {}
    Target target(std::string_view where) const {
        auto made = World::target(where);
        made.caller.access = &view;
        return made;
    }
};

std::vector<std::string> listed(Ruled& world, std::string_view where) {
    auto cursor = Propfind::begin(world.services, {world.target(where), Depth::infinity, false});
    std::vector<std::string> found;
    Member member;
    while (cursor && cursor->next(member)) found.push_back(member.path.str());
    std::ranges::sort(found);
    return found;
}

TEST(AccessView, ListingsLeaveOutWhatMayNotBeRead) {
    Ruled world({{"/", {"*"}, read}, {"/secret", {"bert"}, read}, {"/secret/shown", {"anna"}, read}}, "/");
    for (const auto* folder : {"/secret", "/secret/shown", "/open"}) world.folder(folder);
    for (const auto* file : {"/secret/f", "/secret/shown/f", "/open/f"}) world.file(file);
    EXPECT_EQ(listed(world, "/"), (std::vector<std::string>{"", "open", "open/f"}));
    EXPECT_EQ(listed(world, "/secret/shown"), (std::vector<std::string>{"secret/shown", "secret/shown/f"}));
}

TEST(AccessView, ConditionsSayNothingOfWhatMayNotBeRead) {
    Ruled world({{"/", {"*"}, Rights::all()}, {"/secret", {"bert"}, read}}, "/f");
    world.folder("/secret");
    world.file("/secret/f");
    world.file("/f");
    const auto tag = store::entity_tag(*world.resources.stat(path("/secret/f"), store::Waiting::allowed));
    auto target = world.target("/f");
    const auto ask = [&](bool negated) {
        const ConditionList list{ResourceTag{path("/secret/f")}, {{negated, tag}}};
        Preconditions conditions;
        conditions.if_header = IfHeader{{list}};
        target.preconditions = std::make_shared<const Preconditions>(conditions);
        return check_if(world.services, target).has_value();
    };
    EXPECT_FALSE(ask(false));
    EXPECT_TRUE(ask(true));
    target.caller.access = nullptr;
    EXPECT_TRUE(ask(false));
}

TEST(AccessView, LocksOutOfSightHaveNeitherNameNorOwner) {
    Ruled world({{"/", {"anna"}, Rights::all()}, {"/a/secret", {"anna"}, remove}}, "/a");
    world.folder("/a");
    world.folder("/a/secret");
    world.file("/a/secret/f");
    auto other = World::target("/a/secret/f");
    other.caller.principal = "bert";
    ASSERT_TRUE(engine::lock(world.services, {other, {LockScope::exclusive, ""}, Depth::zero, std::nullopt}));
    auto target = world.target("/a");
    target.caller.principal = "anna";
    const auto refused = engine::remove(world.services, target);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure.code, FailureCode::locked);
    EXPECT_EQ(refused.error().failure.culprits, std::vector{path("/a")});
    EXPECT_EQ(refused.error().failure.facts.locks.front().owner, "");
    EXPECT_EQ(refused.error().failure.sentence.find("secret"), std::string::npos);
    EXPECT_EQ(refused.error().failure.sentence.find("bert"), std::string::npos);
}

}  // namespace
}  // namespace davit::engine

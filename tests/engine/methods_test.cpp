#include "davit/engine/methods.hpp"

#include <gtest/gtest.h>

#include "engine/memory_store.hpp"

namespace davit::engine {
namespace {

using testing::World;

SetProperty set_text(std::string ns, std::string local, std::string text) {
    const auto xml = "<p xmlns=\"" + ns + "\">" + text + "</p>";
    return {{{std::move(ns), std::move(local)}, xml}, std::move(text), false, false};
}

Answer<store::Committed> put(World& world, const Target& target, std::string_view body) {
    auto upload = Put::begin(world.services, {target, body.size(), std::nullopt});
    if (!upload) return std::unexpected(upload.error());
    if (auto written = upload->write(std::as_bytes(std::span(body))); !written)
        return std::unexpected(Refusal(written.error()));
    return upload->commit();
}

Answer<LockOutcome> take_lock(World& world, std::string_view path, LockScope scope = LockScope::exclusive,
                              Depth depth = Depth::infinity) {
    return lock(world.services, {World::target(path), {scope, ""}, depth, std::nullopt});
}

TEST(Proppatch, AFailureIsReportedAndNothingIsStored) {
    World world;
    world.file("/f");
    const auto before = world.resources.nodes;
    const auto refused = proppatch(
        world.services, {World::target("/f"),
                         {set_text("urn:z", "a", "1"), set_text("DAV:", "getetag", "x"), set_text("urn:z", "b", "2")}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().failure.code, FailureCode::protected_property);
    EXPECT_EQ(refused.error().dependents, 2U);
    EXPECT_EQ(refused.error().property->local, "getetag");
    EXPECT_EQ(world.resources.nodes, before);
}

TEST(Proppatch, LiveAndDeadPropertiesChangeTogether) {
    World world;
    world.file("/f");
    const auto done = proppatch(
        world.services, {World::target("/f"),
                         {set_text("urn:z", "a", "1"), set_text(std::string(apache_namespace), "executable", "T"),
                          set_text("DAV:", "lastmodified", "1000000000"), RemoveProperty{{"urn:z", "none"}}}});
    ASSERT_TRUE(done);
    const auto& node = world.resources.nodes.at("f");
    EXPECT_TRUE(node.executable);
    EXPECT_EQ(node.modified, 1'000'000'000'000'000'000);
    EXPECT_EQ(node.properties.size(), 1U);
}

TEST(Put, ChecksAtBeginAndAgainAtCommit) {
    World world;
    world.folder("/d");
    EXPECT_EQ(put(world, World::target("/no/f"), "x").error().failure.code, FailureCode::parent_missing);
    EXPECT_EQ(put(world, World::target("/d"), "x").error().failure.code, FailureCode::method_not_allowed);
    EXPECT_TRUE(put(world, World::target("/f"), "one")->created);
    EXPECT_FALSE(put(world, World::target("/f"), "two")->created);

    auto upload = Put::begin(world.services, {World::target("/f"), 3, std::nullopt});
    ASSERT_TRUE(upload);
    ASSERT_TRUE(upload->write(std::as_bytes(std::span("ab", 2))));
    EXPECT_EQ(upload->commit().error().failure.code, FailureCode::incomplete_body);

    auto late = Put::begin(world.services, {World::target("/f"), 0, std::nullopt});
    ASSERT_TRUE(take_lock(world, "/f"));
    EXPECT_EQ(late->commit().error().failure.code, FailureCode::locked);
    EXPECT_EQ(world.resources.nodes.at("f").content, "two");
}

Answer<PutPart> begin_part(World& world, std::string_view where, Part part, std::uint64_t length,
                           bool makes_file = false) {
    return PutPart::begin(world.services, {{World::target(where), length, std::nullopt}, part, makes_file});
}

FailureCode part_refused(World& world, Part part, std::uint64_t length) {
    const auto begun = begin_part(world, "/f", part, length);
    return begun ? FailureCode::internal : begun.error().failure.code;
}

TEST(PutPart, PlacesWithinTheFileOrFillsUpWithZeros) {
    using enum Part::From;
    World world;
    world.file("/f", "0123456789");
    EXPECT_EQ(part_refused(world, {end, 11, {}, {}}, 1), FailureCode::range_not_satisfiable);
    EXPECT_EQ(part_refused(world, {begin, 0, 1, 11}, 1), FailureCode::range_not_satisfiable);
    EXPECT_EQ(begin_part(world, "/g", {begin, 0, {}, {}}, 1).error().failure.code, FailureCode::not_found);
    EXPECT_TRUE(begin_part(world, "/g", {begin, 0, {}, {}}, 1, true));
    const struct {
        Part part;
        std::string_view after;
    } cases[] = {{{begin, 4, {}, {}}, "0123AB6789"},
                 {{end, 1, {}, {}}, "012345678AB"},
                 {{end, 0, {}, {}}, "0123456789AB"},
                 {{begin, 12, {}, {}}, std::string_view("0123456789\0\0AB", 14)}};
    for (const auto& [part, after] : cases) {
        world.file("/f", "0123456789");
        auto begun = begin_part(world, "/f", part, 2);
        ASSERT_TRUE(begun);
        ASSERT_TRUE(begun->write(std::as_bytes(std::span("AB", 2))));
        EXPECT_EQ(world.resources.nodes.at("f").content, "0123456789");
        ASSERT_TRUE(begun->settle());
        ASSERT_TRUE(begun->commit());
        EXPECT_EQ(world.resources.nodes.at("f").content, after);
    }
}

TEST(PutPart, IsLaidOverWhatStandsThereAtTheEnd) {
    World world;
    world.file("/f", "0123456789");
    auto begun = begin_part(world, "/f", {Part::From::end, 0, {}, {}}, 2);
    ASSERT_TRUE(begun);
    ASSERT_TRUE(begun->write(std::as_bytes(std::span("AB", 2))));
    ASSERT_TRUE(put(world, World::target("/f"), "other"));
    ASSERT_TRUE(begun->settle());
    ASSERT_TRUE(begun->commit());
    EXPECT_EQ(world.resources.nodes.at("f").content, "otherAB");
    auto late = begin_part(world, "/f", {Part::From::end, 6, {}, {}}, 0);
    ASSERT_TRUE(put(world, World::target("/f"), "short"));
    EXPECT_EQ(late->settle().error().failure.code, FailureCode::range_not_satisfiable);
}

TEST(Lock, TokenOfTheSourceAloneOpensAMoveToAnUnlockedPlace) {
    World world;
    world.file("/f");
    const auto token = take_lock(world, "/f")->lock->token;
    EXPECT_FALSE(move(world.services, {World::target("/f"), World::path("/g")}));
    EXPECT_TRUE(move(world.services, {World::with_tokens("/f", {token}), World::path("/g")}));
    EXPECT_TRUE(world.locks.empty()) << "locks stay with URLs (RFC 4918, 7.7)";
}

TEST(Lock, ATokenFromAnotherUserIsRejected) {
    World world;
    world.file("/f");
    LockRequest request{World::target("/f"), {LockScope::exclusive, ""}, Depth::zero, std::nullopt};
    request.target.caller.principal = "anna";
    const auto token = lock(world.services, request)->lock->token;
    auto other = World::with_tokens("/f", {token});
    other.caller.principal = "berta";
    EXPECT_EQ(put(world, other, "x").error().failure.code, FailureCode::locked);
    EXPECT_EQ(unlock(world.services, other, token).error().failure.code, FailureCode::lock_not_owner);
    other.caller.principal = "anna";
    EXPECT_TRUE(put(world, other, "x"));
}

TEST(Lock, ARefusalNamesTheHolderAndNeverTheToken) {
    World world;
    world.file("/f");
    LockRequest request{World::target("/f"), {LockScope::exclusive, "<owner>Anna's laptop</owner>"}, Depth::zero, {}};
    request.target.caller.principal = "anna";
    request.timeout = std::chrono::seconds(3600);
    ASSERT_TRUE(lock(world.services, request));

    auto asker = World::target("/f");
    const auto stranger = put(world, asker, "x").error().failure;
    ASSERT_EQ(stranger.facts.locks.size(), 1U);
    EXPECT_EQ(stranger.facts.locks[0].owner, "Anna's laptop") << "a user's name is for users";
    EXPECT_EQ(stranger.facts.locks[0].remaining, std::chrono::seconds(3600));
    EXPECT_NE(stranger.sentence.find("/f is locked by Anna's laptop until "), std::string::npos) << stranger.sentence;
    EXPECT_NE(stranger.sentence.find(" (60 minutes left)"), std::string::npos) << stranger.sentence;

    asker.caller.principal = "berta";
    EXPECT_EQ(put(world, asker, "x").error().failure.facts.locks[0].owner, "anna");
    request.target.caller.principal = "berta";
    const auto conflict = lock(world.services, request).error().failure;
    EXPECT_EQ(conflict.code, FailureCode::lock_conflict);
    EXPECT_NE(conflict.sentence.find("/f has an exclusive lock of anna already, until "), std::string::npos)
        << conflict.sentence;
    EXPECT_EQ(conflict.facts.locks[0].remaining, std::chrono::seconds(3600));
}

TEST(Lock, AConflictingMemberIsNamedAndTheRequestUriDepends) {
    World world;
    world.folder("/t");
    world.file("/t/a");
    ASSERT_TRUE(take_lock(world, "/t/a"));
    const auto refused = take_lock(world, "/t");
    ASSERT_FALSE(refused);
    ASSERT_TRUE(refused.error().body);
    EXPECT_EQ(refused.error().body->responses().size(), 2U);
    EXPECT_EQ(refused.error().body->dependents(), 1U);
    EXPECT_EQ(world.locks.count(), 1U);
    EXPECT_TRUE(take_lock(world, "/t", LockScope::exclusive, Depth::zero));
}

TEST(Lock, ExpiresByTheClock) {
    World world;
    world.file("/f");
    ASSERT_TRUE(take_lock(world, "/f"));
    EXPECT_FALSE(put(world, World::target("/f"), "x"));
    world.clock.time += std::chrono::hours(2);
    EXPECT_TRUE(put(world, World::target("/f"), "x"));
}

TEST(Tree, RefusedWholeWithEveryCulprit) {
    World world;
    world.folder("/t");
    world.file("/t/a");
    world.file("/t/b");
    ASSERT_TRUE(take_lock(world, "/t/a"));
    ASSERT_TRUE(take_lock(world, "/t/b"));
    const auto before = world.resources.nodes;
    const auto refused = remove(world.services, World::target("/t"));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().body);
    EXPECT_EQ(refused.error().failure.culprits.size(), 2U);
    EXPECT_EQ(world.resources.nodes, before);
    const auto moved = move(world.services, {World::target("/t"), World::path("/u")});
    ASSERT_FALSE(moved);
    EXPECT_FALSE(moved.error().body) << "a 207 would be success to clients that take any 2xx for it";
    EXPECT_EQ(moved.error().failure.status(), Status::locked);
    EXPECT_EQ(moved.error().failure.culprits.size(), 2U);
    EXPECT_EQ(world.resources.nodes, before);
    EXPECT_TRUE(copy(world.services, {World::target("/t"), World::path("/u")}))
        << "a lock in the source guards nothing";
}

TEST(Tree, PartByPartAnswersPlainlyWhenNothingWasDone) {
    World world;
    world.folder("/t");
    world.file("/t/a");
    ASSERT_TRUE(take_lock(world, "/t/a"));
    world.services.policy.trees = plan::Atomicity::best_effort;
    const auto before = world.resources.nodes;
    const auto refused = remove(world.services, World::target("/t"));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().body);
    EXPECT_EQ(refused.error().failure.status(), Status::locked);
    EXPECT_EQ(refused.error().culprit, World::path("/t/a"));
    EXPECT_EQ(refused.error().dependents, 1U);
    EXPECT_EQ(world.resources.nodes, before);
}

TEST(Tree, AMemberThatCannotBeCopiedIsNamed) {
    World world;
    for (const auto* name : {"/t", "/t/sub"}) world.folder(name);
    for (const auto* name : {"/t/a", "/t/sub/b", "/t/sub/c"}) world.file(name);
    world.resources.unreadable = World::path("/t/sub/b");
    const auto before = world.resources.nodes;
    const TransferRequest request{World::target("/t"), World::path("/u"), true, Depth::infinity};
    const auto whole = copy(world.services, request);
    ASSERT_TRUE(!whole && !whole.error().body) << "nothing was copied";
    EXPECT_EQ(whole.error().failure.status(), Status::forbidden);
    EXPECT_EQ(whole.error().culprit, World::path("/t/sub/b"));
    EXPECT_EQ(world.resources.nodes, before);

    world.services.policy.trees = plan::Atomicity::best_effort;
    const auto parts = copy(world.services, request);
    ASSERT_TRUE(!parts && parts.error().body);
    EXPECT_EQ(parts.error().body->responses().size(), 1U);
    EXPECT_TRUE(world.resources.nodes.contains("u/sub/c")) << "as far as it goes";
    EXPECT_FALSE(world.resources.nodes.contains("u/sub/b"));
}

TEST(Tree, PartsThatRunOutOfTimeAreOneCause) {
    for (const bool moving : {false, true}) {
        World world;
        world.folder("/t");
        for (int i = 0; i < 50; ++i) world.file("/t/" + std::to_string(i));
        world.resources.unreadable = World::path("/t/49");
        ASSERT_TRUE(take_lock(world, "/t/48"));
        world.services.policy.trees = plan::Atomicity::best_effort;
        world.services.policy.operation_timeout = std::chrono::seconds(20);
        world.clock.step = std::chrono::seconds(1);
        const TransferRequest request{World::target("/t"), World::path("/u"), true, Depth::infinity};
        const auto done = moving ? move(world.services, request) : copy(world.services, request);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().failure.code, FailureCode::operation_timeout);
        EXPECT_EQ(done.error().failure.retry_after, std::chrono::seconds(60));
        if (done.error().body) {
            EXPECT_EQ(done.error().body->responses().size(), 1U) << "one cause, however many wait";
        }
        EXPECT_TRUE(world.resources.nodes.contains("t/30"));
    }
}

TEST(Tree, AnAnswerNamesAThousandMembersThatFailed) {
    World world;
    world.folder("/t");
    world.file("/t/free");
    for (int i = 0; i < 1100; ++i) {
        const auto path = "/t/" + std::to_string(i);
        world.file(path);
        ASSERT_TRUE(take_lock(world, path.c_str()));
    }
    world.services.policy.trees = plan::Atomicity::best_effort;
    const auto refused = remove(world.services, World::target("/t"));
    ASSERT_TRUE(!refused && refused.error().body);
    EXPECT_EQ(refused.error().body->responses().size(), 1000U);
    EXPECT_TRUE(refused.error().failure.sentence.contains("100 more members failed"))
        << refused.error().failure.sentence;
}

TEST(Tree, WalkBeforeATreeIsChangedInPartsObeysTheTimeLimit) {
    for (const bool moving : {false, true}) {
        World world;
        std::string deep = "/t";
        for (int i = 0; i < 40; ++i, deep += "/d") world.folder(deep);
        world.file("/t/locked");
        world.folder("/u");
        world.file("/u/keep");
        world.resources.unreadable = World::path("/t/locked");
        ASSERT_TRUE(take_lock(world, "/t/locked"));
        world.services.policy.trees = plan::Atomicity::best_effort;
        world.services.policy.operation_timeout = std::chrono::seconds(20);
        world.clock.step = std::chrono::seconds(1);
        const auto before = world.resources.nodes;
        const TransferRequest request{World::target("/t"), World::path("/u"), true, Depth::infinity};
        const auto done = moving ? move(world.services, request) : copy(world.services, request);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().failure.code, FailureCode::operation_timeout);
        EXPECT_FALSE(done.error().body);
        EXPECT_FALSE(world.resources.links_checked_without_limit);
        EXPECT_EQ(world.resources.nodes, before) << "the replaced tree is there still";
        if (!moving) continue;
        const auto removed = remove(world.services, World::target("/t"));
        ASSERT_FALSE(removed);
        EXPECT_EQ(removed.error().failure.code, FailureCode::operation_timeout);
        EXPECT_EQ(world.resources.nodes, before);
    }
}

TEST(Tree, ATransferThatCannotBeginKeepsTheDestination) {
    World world;
    for (const auto* name : {"/t", "/u"}) world.folder(name);
    for (int i = 0; i < 100'001; ++i) world.file("/t/" + std::to_string(i));
    world.file("/u/keep");
    ASSERT_TRUE(take_lock(world, "/t/48"));
    world.services.policy.trees = plan::Atomicity::best_effort;
    const auto moved = move(world.services, {World::target("/t"), World::path("/u")});
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().failure.code, FailureCode::tree_too_large);
    EXPECT_TRUE(world.resources.nodes.contains("u/keep"));
}

TEST(Propfind, AListingShowsEveryMemberOnce) {
    World world;
    for (const auto* name : {"/a", "/a/b", "/a/b/c", "/d"}) world.folder(name);
    for (const auto* name : {"/f", "/a/f", "/a/b/c/f"}) world.file(name);
    for (const auto& [depth, expected] :
         {std::pair(Depth::zero, 1U), std::pair(Depth::one, 4U), std::pair(Depth::infinity, 8U)}) {
        auto cursor = Propfind::begin(world.services, {World::target("/"), depth, false});
        ASSERT_TRUE(cursor);
        std::map<std::string, int> seen;
        Member member;
        while (cursor->next(member)) ++seen[member.path.str()];
        EXPECT_EQ(seen.size(), expected);
        for (const auto& [name, times] : seen) EXPECT_EQ(times, 1) << name;
    }
}

/// A way to change the world; the fault test runs each of them.
struct Operation {
    const char* name;
    std::function<bool(World&)> run;  ///< true: it said it was done
};

const Operation operations[] = {
    {"PUT new", [](World& w) { return put(w, World::target("/new"), "new").has_value(); }},
    {"PUT over", [](World& w) { return put(w, World::target("/f"), "new").has_value(); }},
    {"PATCH",
     [](World& w) {
         auto part = begin_part(w, "/f", {Part::From::end, 0, {}, {}}, 2);
         return part && part->write(std::as_bytes(std::span("AB", 2))) && part->settle() && part->commit();
     }},
    {"PROPPATCH",
     [](World& w) {
         return proppatch(w.services,
                          {World::target("/f"),
                           {set_text("urn:z", "a", "new"), set_text(std::string(apache_namespace), "executable", "T")}})
             .has_value();
     }},
    {"MKCOL", [](World& w) { return mkcol(w.services, {World::target("/new"), {}, false}).has_value(); }},
    {"DELETE", [](World& w) { return remove(w.services, World::target("/t")).has_value(); }},
    {"COPY", [](World& w) { return copy(w.services, {World::target("/t"), World::path("/u")}).has_value(); }},
    {"MOVE over", [](World& w) { return move(w.services, {World::target("/t"), World::path("/v")}).has_value(); }},
    {"LOCK", [](World& w) { return take_lock(w, "/t").has_value(); }},
    {"LOCK unmapped", [](World& w) { return take_lock(w, "/new").has_value(); }},
    {"UNLOCK", [](World& w) { return unlock(w.services, World::target("/held"), "urn:uuid:1").has_value(); }},
};

void fill(World& world) {
    world.file("/f", "old");
    world.folder("/t");
    world.file("/t/a");
    world.folder("/v");
    world.file("/v/old");
    world.file("/held");
}

struct Seen {
    testing::Nodes nodes;
    std::size_t locks;
    bool operator==(const Seen&) const = default;
};

/// For every k: a store that fails its k-th call leaves everything as before, or, when the answer was a success, as
/// after a success.
TEST(Fault, AMethodWhoseStoreFailsChangesNothing) {
    for (const auto& operation : operations) {
        const auto look = [](World& world) {
            Seen seen{world.resources.nodes, world.locks.count()};
            for (auto& [name, node] : seen.nodes) node.identity = 0, node.modified = 0;
            return seen;
        };
        World well;
        const auto prepare = [](World& world) {
            fill(world);
            ASSERT_TRUE(take_lock(world, "/held"));
            world.fault.calls = 0;
        };
        prepare(well);
        const auto before = look(well);
        ASSERT_TRUE(operation.run(well)) << operation.name;
        const auto after = look(well);
        const int calls = well.fault.calls;
        ASSERT_NE(before, after) << operation.name;
        ASSERT_GT(calls, 0);
        for (int k = 1; k <= calls; ++k) {
            World world;
            prepare(world);
            world.fault.fail_at = k;
            const bool done = operation.run(world);
            EXPECT_EQ(look(world), done ? after : before) << operation.name << ", call " << k;
        }
    }
}

}  // namespace
}  // namespace davit::engine

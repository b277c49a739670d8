// Every writing method passes the one gate (src/engine/preconditions.hpp): when a request fails at two steps, the
// answer tells the step that comes first in the gate's list.
#include "../../src/engine/preconditions.hpp"

#include <gtest/gtest.h>

#include "davit/engine/methods.hpp"
#include "davit/engine/restore.hpp"
#include "engine/memory_store.hpp"

namespace davit::engine {
namespace {

using testing::World;

/// A request that passes, until faults are put into it.
struct Scene {
    World world;
    GateTrace trace;
    Preconditions conditions;
    std::string path = "/d/f";
    ResourcePath destination = World::path("/e/n");
    Depth depth = Depth::infinity;
    bool slash = false;
    bool destination_slash = false;
    bool overwrite = true;
    std::string user;
    std::optional<PathMapping> mapping;
    LockToken token = "urn:uuid:held";

    Scene() {
        world.folder("/d");
        world.file("/d/f");
        world.folder("/d/t");
        world.file("/d/t/m");
        world.folder("/e");
        world.services.trace = &trace;
    }
    Target target() const {
        auto result = World::target(path);
        result.preconditions = std::make_shared<const Preconditions>(conditions);
        result.names_collection = slash;
        result.caller.principal = user;
        if (mapping) result.caller.mapping = &*mapping;
        return result;
    }
    TransferRequest transfer() const {
        TransferRequest request{target(), destination, overwrite, depth};
        request.destination_names_collection = destination_slash;
        return request;
    }
    void lock(std::string_view root, LockToken lock_token = "urn:uuid:other", std::string principal = {}) {
        const auto now = world.clock.monotonic();
        ActiveLock held;
        held.token = std::move(lock_token);
        held.root = World::path(root);
        held.scope = LockScope::exclusive;
        held.depth = Depth::zero;
        held.principal = std::move(principal);
        held.expires = now + std::chrono::hours(1);
        ASSERT_TRUE(world.locks.add(std::make_shared<const ActiveLock>(std::move(held))));
    }
    void remove(std::string_view node) { world.resources.nodes.erase(World::path(node).str()); }
};

struct Fault {
    std::string_view step;
    FailureCode code;
    std::function<void(Scene&)> make;
};
/// Faults of one request, in the order of the gate's steps: any two of them together tell the first.
struct Chain {
    std::string_view name;
    std::function<void(Scene&)> prepare;
    std::function<std::optional<FailureCode>(Scene&)> run;
    std::vector<Fault> faults;
};

template <typename T>
std::optional<FailureCode> code_of(const Answer<T>& answer) {
    return answer ? std::nullopt : std::optional(answer.error().failure.code);
}

const Fault read_only{"read-only", FailureCode::read_only, [](Scene& s) { s.world.services.policy.read_only = true; }};
const Fault false_if{"if", FailureCode::precondition_failed,
                     [](Scene& s) { s.conditions.if_header = IfHeader{{{std::nullopt, {{false, ETag{"no"}}}}}}; }};
const Fault stale_match{"conditions", FailureCode::precondition_failed,
                        [](Scene& s) { s.conditions.if_match = EntityTagList{false, {ETag{"no"}}}; }};
const Fault no_overwrite{"overwrite", FailureCode::overwrite_refused, [](Scene& s) { s.overwrite = false; }};
const Fault missing{"existence", FailureCode::not_found, [](Scene& s) { s.remove(s.path); }};
const Fault collection_there{"type", FailureCode::method_not_allowed, [](Scene& s) { s.world.folder(s.path); }};
const Fault url_slash{"type", FailureCode::not_a_collection, [](Scene& s) { s.slash = true; }};
const Fault destination_url_slash{"type", FailureCode::not_a_collection, [](Scene& s) { s.destination_slash = true; }};
const Fault no_parent{"parent", FailureCode::parent_missing, [](Scene& s) { s.remove("/d"); }};
const Fault no_destination_parent{"parent", FailureCode::parent_missing, [](Scene& s) { s.remove("/e"); }};
const Fault depth_zero{"depth", FailureCode::depth_not_allowed, [](Scene& s) { s.depth = Depth::zero; }};
const Fault depth_one{"depth", FailureCode::depth_not_allowed, [](Scene& s) { s.depth = Depth::one; }};
const Fault refused_name{"name", FailureCode::litter_refused,
                         [](Scene& s) { s.world.services.policy.refused_names = NamePatterns({"n"}); }};
const Fault locked_parent{"locks", FailureCode::locked, [](Scene& s) { s.lock("/d"); }};
const Fault locked_here{"locks", FailureCode::locked, [](Scene& s) { s.lock(s.path); }};
const Fault locked_member{"locks", FailureCode::locked, [](Scene& s) { s.lock("/d/t/m"); }};
const Fault locked_destination_parent{"locks", FailureCode::locked, [](Scene& s) { s.lock("/e"); }};
const Fault locked_destination{"locks", FailureCode::locked, [](Scene& s) { s.lock("/" + s.destination.str()); }};
const Fault full_table{"room", FailureCode::too_many_locks, [](Scene& s) { s.world.services.policy.max_locks = 0; }};
const Fault same_place{"place", FailureCode::same_resource, [](Scene& s) { s.destination = World::path(s.path); }};

void new_file(Scene& s) {
    s.path = "/d/n";
}
void existing(Scene&) {}
void tree(Scene& s) {
    s.path = "/d/t";
}
void onto_existing(Scene& s) {
    s.world.file("/e/n");
}
void tree_onto_existing(Scene& s) {
    tree(s);
    onto_existing(s);
}
void held(Scene& s) {
    s.lock(s.path, s.token, "anna");
    s.user = "anna";
}

std::optional<FailureCode> run_put(Scene& s) {
    return code_of(put_whole(s.world.services, {s.target(), std::nullopt, std::nullopt}, {}));
}
std::optional<FailureCode> run_put_again(Scene& s) {  // as after a body that came in pieces
    return code_of(Put::begin(s.world.services, {s.target(), std::nullopt, std::nullopt}));
}
std::optional<FailureCode> run_patch(Scene& s) {
    return code_of(PutPart::begin(s.world.services, {{s.target(), 1, std::nullopt}, {Part::From::end, 0, {}, {}}}));
}
std::optional<FailureCode> run_delete(Scene& s) {
    return code_of(engine::remove(s.world.services, s.target(), s.depth));
}
std::optional<FailureCode> run_mkcol(Scene& s) {
    return code_of(mkcol(s.world.services, {s.target(), {}, false}));
}
std::optional<FailureCode> run_proppatch(Scene& s) {
    return code_of(proppatch(s.world.services, {s.target(), {}}));
}
std::optional<FailureCode> run_copy(Scene& s) {
    return code_of(copy(s.world.services, s.transfer()));
}
std::optional<FailureCode> run_move(Scene& s) {
    return code_of(move(s.world.services, s.transfer()));
}
LockRequest lock_request(const Scene& s) {
    return {s.target(), {LockScope::exclusive, ""}, s.depth, std::nullopt};
}
std::optional<FailureCode> run_lock(Scene& s) {
    return code_of(lock(s.world.services, lock_request(s)));
}
std::optional<FailureCode> run_may_lock(Scene& s) {
    return code_of(may_lock(s.world.services, s.target(), s.depth));
}
std::optional<FailureCode> run_refresh(Scene& s) {
    if (!s.conditions.if_header) s.conditions.if_header = IfHeader{{{std::nullopt, {{false, s.token}}}}};
    return code_of(refresh(s.world.services, s.target(), std::nullopt));
}
std::optional<FailureCode> run_unlock(Scene& s) {
    return code_of(unlock(s.world.services, s.target(), s.token));
}

class OneThingInTheTrash final : public store::TrashStore {
public:
    std::vector<store::TrashEntry> list() const override { return {}; }
    Result<store::TrashEntry> find(const std::string&) const override { return store::TrashEntry{}; }
    Result<bool> restore(const std::string&, const ResourcePath&, store::Replace, const store::Actor&) override {
        return true;
    }
    Result<void> discard(const std::string&) override { return {}; }
    std::vector<store::TrashEntry> empty_now() override { return {}; }
    store::TrashUsage usage() const override { return {}; }
    store::TrashUsage usage_now() override { return {}; }
};
std::optional<FailureCode> run_restore(Scene& s) {
    OneThingInTheTrash trash;
    return code_of(restore(s.world.services, trash, {s.target(), "id", s.overwrite}));
}

const Chain chains[] = {
    {"PUT of a new file",
     new_file,
     run_put,
     {read_only, false_if, url_slash, no_parent, refused_name, locked_parent, stale_match}},
    {"PUT over a file", existing, run_put, {read_only, false_if, url_slash, locked_here, stale_match}},
    {"PUT over a collection", existing, run_put, {read_only, false_if, collection_there, locked_here, stale_match}},
    {"streamed PUT",
     new_file,
     run_put_again,
     {read_only, false_if, url_slash, no_parent, refused_name, locked_parent, stale_match}},
    {"PATCH", existing, run_patch, {read_only, false_if, missing, locked_here, stale_match}},
    {"PATCH of a collection", existing, run_patch, {read_only, false_if, collection_there, locked_here, stale_match}},
    {"DELETE", tree, run_delete, {read_only, false_if, missing, depth_zero, locked_parent, stale_match}},
    {"DELETE with a locked member", tree, run_delete, {read_only, false_if, depth_one, locked_member, stale_match}},
    {"DELETE of the root",
     [](Scene& s) { s.path = "/"; },
     run_delete,
     {read_only, false_if, {"place", FailureCode::root_immutable, existing}}},
    {"DELETE of the root with Depth",
     [](Scene& s) { s.path = "/", s.depth = Depth::zero; },
     run_delete,
     {read_only, false_if, {"place", FailureCode::root_immutable, existing}}},
    {"DELETE of a home",
     [](Scene& s) { tree(s), s.mapping = PathMapping{World::path("/home"), World::path("/d/t")}; },
     run_delete,
     {read_only, false_if, {"place", FailureCode::home_immutable, existing}}},
    {"MKCOL",
     new_file,
     run_mkcol,
     {read_only,
      false_if,
      {"existence", FailureCode::already_exists, [](Scene& s) { s.world.file(s.path); }},
      no_parent,
      refused_name,
      locked_parent,
      stale_match}},
    {"PROPPATCH", existing, run_proppatch, {read_only, false_if, missing, locked_here, stale_match}},
    {"COPY",
     existing,
     run_copy,
     {read_only, false_if, missing, same_place, destination_url_slash, no_destination_parent, depth_one, refused_name,
      locked_destination_parent, stale_match}},
    {"COPY that replaces",
     onto_existing,
     run_copy,
     {read_only, false_if, missing, depth_one, locked_destination, stale_match, no_overwrite}},
    {"COPY over a locked member",
     [](Scene& s) { s.destination = World::path("/d/t"); },
     run_copy,
     {read_only, false_if, depth_one, locked_member, stale_match, no_overwrite}},
    {"MOVE",
     existing,
     run_move,
     {read_only, false_if, missing, same_place, destination_url_slash, no_destination_parent, depth_one, refused_name,
      locked_parent, stale_match}},
    {"MOVE of a tree",
     tree,
     run_move,
     {read_only, false_if, missing, same_place, no_destination_parent, depth_zero, refused_name, locked_member,
      stale_match}},
    {"MOVE that replaces",
     tree_onto_existing,
     run_move,
     {read_only, false_if, missing, depth_zero, locked_destination, stale_match, no_overwrite}},
    {"MOVE of a locked member",
     tree_onto_existing,
     run_move,
     {read_only, false_if, depth_zero, locked_member, stale_match, no_overwrite}},
    {"MOVE of the root",
     [](Scene& s) { s.path = "/"; },
     run_move,
     {read_only, false_if, {"place", FailureCode::root_immutable, existing}}},
    {"LOCK of a new file",
     new_file,
     run_lock,
     {read_only, false_if, url_slash, no_parent, depth_one, refused_name, locked_parent, stale_match, full_table}},
    {"LOCK",
     existing,
     run_lock,
     {read_only,
      false_if,
      url_slash,
      depth_one,
      {"locks", FailureCode::lock_conflict, [](Scene& s) { s.lock(s.path); }},
      stale_match,
      full_table}},
    {"LOCK over a locked member",
     tree,
     run_lock,
     {read_only,
      false_if,
      depth_one,
      {"locks", FailureCode::lock_conflict, [](Scene& s) { s.lock("/d/t/m"); }},
      stale_match,
      full_table}},
    {"LOCK before its body",
     new_file,
     run_may_lock,
     {read_only, false_if, url_slash, no_parent, depth_one, refused_name, locked_parent, stale_match}},
    {"LOCK that refreshes",
     held,
     run_refresh,
     {read_only,
      {"if", FailureCode::lock_refresh_mismatch, false_if.make},
      url_slash,
      {"locks", FailureCode::lock_not_owner, [](Scene& s) { s.user = "berta"; }}}},
    {"UNLOCK",
     held,
     run_unlock,
     {read_only,
      false_if,
      {"existence", FailureCode::not_found, [](Scene& s) { s.slash = true; }},
      {"locks", FailureCode::lock_token_mismatch, [](Scene& s) { s.token = "urn:uuid:none"; }}}},
    {"restoring from the trash", new_file, run_restore, {read_only, false_if, no_parent, locked_parent}},
    {"restoring over a file", existing, run_restore, {read_only, false_if, locked_here, no_overwrite}},
};

const WriteStep& step_of(const Fault& fault) {
    const auto* found = std::ranges::find(write_steps, fault.step, &WriteStep::name);
    EXPECT_NE(found, write_steps.end()) << fault.step;
    return *found;
}

TEST(Preconditions, GatesRunInOneOrder) {
    std::string names;
    for (const auto& step : write_steps) (names += step.name) += ' ';
    EXPECT_EQ(names, "read-only if existence place type parent depth name locks conditions overwrite room ");
}

TEST(Preconditions, ARequestWithoutFaultPassesEveryGate) {
    for (const auto& chain : chains) {
        if (chain.faults.back().step == "place") continue;  // the request itself is the fault
        Scene scene;
        chain.prepare(scene);
        EXPECT_EQ(chain.run(scene), std::nullopt) << chain.name;
        EXPECT_EQ(scene.trace.has_entered(Gate::read_only), true) << chain.name;
    }
}

TEST(Preconditions, TheEarlierOfTwoFaultsIsTheResponse) {
    for (const auto& chain : chains) {
        for (std::size_t first = 0; first < chain.faults.size(); ++first) {
            for (std::size_t second = first; second < chain.faults.size(); ++second) {
                const auto& told = chain.faults[first];
                const auto what = std::string(chain.name) + ": " + std::string(told.step) + " before " +
                                  std::string(chain.faults[second].step);
                Scene scene;
                chain.prepare(scene);
                told.make(scene);
                if (second != first) {
                    EXPECT_LT(&step_of(told), &step_of(chain.faults[second])) << what;
                    chain.faults[second].make(scene);
                }
                const auto before = scene.world.resources.nodes;
                EXPECT_EQ(chain.run(scene), told.code) << what;
                EXPECT_EQ(scene.trace.last(), step_of(told).gate) << what << ": davit why names the gate";
                EXPECT_EQ(scene.world.resources.nodes, before) << what;
            }
        }
    }
}

}  // namespace
}  // namespace davit::engine

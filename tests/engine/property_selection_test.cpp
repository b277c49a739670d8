// Rules about properties that hold whatever encodes the answer: what allprop selects, what stored values beat, what a
// minimal PROPPATCH reports.
#include "davit/engine/property_selection.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "davit/engine/methods.hpp"
#include "davit/store/creation_date.hpp"
#include "engine/memory_store.hpp"

namespace davit::engine {
namespace {

using testing::World;

PropertyName dav(std::string local) {
    return {std::string(dav_namespace), std::move(local)};
}
const PropertyName dead{"urn:z", "dead"};

bool wants(const PropertySelection& selection, const PropertyName& name) {
    return std::ranges::count(selection.wanted(), name, &PropertySelection::Wanted::name) == 1;
}
bool tells_missing(const PropertySelection& selection, const PropertyName& name) {
    return !selection.told_missing({&name}).empty();
}

TEST(PropertySelection, AllpropHasRfc4918sLivePropertiesAndAllDeadOnes) {
    const PropertySelection selection({PropfindKind::allprop, {}}, false);
    for (const auto& row : live_properties())
        EXPECT_EQ(wants(selection, {std::string(row.ns), std::string(row.local)}), row.in_allprop) << row.local;
    EXPECT_TRUE(wants(selection, dav("getetag")));
    EXPECT_FALSE(wants(selection, dav("quota-used-bytes")));
    EXPECT_TRUE(selection.has_unnamed({dead, ""}));
    EXPECT_FALSE(selection.has_unnamed({dav("getcontenttype"), ""})) << "it is in the answer already";
    EXPECT_FALSE(selection.has_unnamed({store::creation_date_name(), ""})) << "the server's own form";
    EXPECT_TRUE(selection.wants_stored());
    EXPECT_FALSE(tells_missing(selection, dav("getcontentlanguage"))) << "allprop names only what exists";
}

TEST(PropertySelection, IncludeAddsToAllpropAndIsAnsweredLikeProp) {
    const PropertySelection selection({PropfindKind::allprop, {dav("quota-used-bytes"), dead, dav("getetag")}}, false);
    EXPECT_TRUE(wants(selection, dav("quota-used-bytes")));
    EXPECT_TRUE(wants(selection, dav("getetag")));
    EXPECT_FALSE(selection.has_unnamed({dead, ""})) << "once is enough";
    EXPECT_TRUE(tells_missing(selection, dead));
    EXPECT_TRUE(tells_missing(selection, dav("quota-used-bytes")));
    EXPECT_FALSE(tells_missing(selection, dav("getetag")));
}

TEST(PropertySelection, PropHasWhatIsNamedAndNothingElse) {
    const PropertySelection selection({PropfindKind::prop, {dav("getetag")}}, false);
    EXPECT_EQ(selection.wanted().size(), 1U);
    EXPECT_FALSE(selection.has_unnamed({dead, ""}));
    EXPECT_FALSE(selection.wants_stored());
    EXPECT_TRUE(tells_missing(selection, dav("getetag")));
    EXPECT_TRUE(PropertySelection({PropfindKind::prop, {dead}}, false).wants_stored());
}

TEST(PropertySelection, PropnameHasNamesOfStoredPropertiesButTheServersOwn) {
    const PropertySelection selection({PropfindKind::propname, {}}, false);
    EXPECT_TRUE(selection.names_only());
    EXPECT_TRUE(selection.has_unnamed({dead, ""}));
    EXPECT_FALSE(selection.has_unnamed({store::creation_date_name(), ""}));
    EXPECT_FALSE(selection.wants_media_type());
}

TEST(PropertySelection, MinimalLeavesOutWhatIsMissingButNotWhatIsHidden) {
    const PropertySelection selection({PropfindKind::prop, {dead}}, true);
    EXPECT_FALSE(tells_missing(selection, dead));
    EXPECT_EQ(selection.told_hidden({&dead}).size(), 1U);
}

TEST(StoredValue, BeatsTheServersOwnWhereAClientMaySetIt) {
    PropertySet stored;
    for (const auto& name : {dav("getcontenttype"), dav("getetag"), store::creation_date_name(), dead})
        stored.set({name, "<x/>"});
    const auto found = [&](const PropertyName& name) { return stored_value(stored, name, find_live(name)) != nullptr; };
    EXPECT_TRUE(found(dav("getcontenttype")));
    EXPECT_TRUE(found(dead));
    EXPECT_FALSE(found(dav("getetag")));
    EXPECT_FALSE(found(dav("displayname")));
}

TEST(StoredValue, OfGetcontenttypeBeatsTheExtension) {
    World world;
    world.file("/f.txt", "text");
    const auto got = get(world.services, World::target("/f.txt"), store::Waiting::allowed);
    ASSERT_TRUE(got);
    const auto type = [&](const PropertySet& stored) {
        return media_type_of(world.services, World::path("/f.txt"), stored, *got->content, store::Waiting::allowed);
    };
    EXPECT_TRUE(type({})->starts_with("text/plain"));
    PropertySet stored;
    stored.set({dead, "<dead xmlns=\"urn:z\">image/gif</dead>"});
    EXPECT_TRUE(type(stored)->starts_with("text/plain"));
    stored.set({dav("getcontenttype"), "<getcontenttype xmlns=\"DAV:\">image/png</getcontenttype>"});
    EXPECT_EQ(type(stored), "image/png");
}

TEST(MinimalProppatch, ReportsFailuresAndNoSuccess) {
    World world;
    world.file("/f");
    ProppatchRequest request{World::target("/f"), {RemoveProperty{dead}}};
    request.minimal = true;
    const auto done = proppatch(world.services, request);
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->report);
    request.update.push_back(RemoveProperty{dav("getetag")});
    const auto refused = proppatch(world.services, request);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().body);
    request.update.pop_back();
    request.minimal = false;
    EXPECT_EQ(proppatch(world.services, request)->report->responses().size(), 1U);
}

}  // namespace
}  // namespace davit::engine

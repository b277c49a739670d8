#include "davit/store/resource_info.hpp"

#include <gtest/gtest.h>

#include <set>

#include "davit/store/clock.hpp"

namespace davit::store {
namespace {

TEST(EntityTag, StrongAndDifferentForEveryPartOfIt) {
    ResourceInfo info{.size = 5, .identity = 7, .modified = FileTime(std::chrono::nanoseconds(123456789))};
    std::set<std::string> tags{entity_tag(info).str()};
    EXPECT_FALSE(entity_tag(info).weak);
    ++info.size;
    tags.insert(entity_tag(info).str());
    ++info.identity;
    tags.insert(entity_tag(info).str());
    info.modified += std::chrono::nanoseconds(1);
    tags.insert(entity_tag(info).str());
    EXPECT_EQ(tags.size(), 4U);
    std::string appended;
    append_entity_tag(appended, info);
    EXPECT_EQ(appended, entity_tag(info).str());
}

TEST(TokenSource, NeverMintsATokenTwice) {
    RandomTokenSource source;
    std::set<LockToken> tokens;
    for (int i = 0; i < 1000; ++i) tokens.insert(source.mint());
    EXPECT_EQ(tokens.size(), 1000U);
    EXPECT_EQ(tokens.begin()->rfind("urn:uuid:", 0), 0U);
    EXPECT_EQ(tokens.begin()->size(), 45U);
}

}  // namespace
}  // namespace davit::store

#include <gtest/gtest.h>

#include "../../src/fs/property_codec.hpp"

namespace davit::fs {
namespace {

PropertySet some_set() {
    PropertySet set;
    set.set({{"DAV:", "getcontenttype"}, "<D:getcontenttype xmlns:D=\"DAV:\">text/x</D:getcontenttype>"});
    set.set({{"urn:z", "other"}, "<z:other xmlns:z=\"urn:z\"/>"});
    return set;
}

TEST(RecordPointer, HasWhatAGetSends) {
    const auto bytes = encode(RecordPointer{"0123abc", 77, sent_with_get(some_set())});
    const auto pointer = decode_pointer(bytes);
    ASSERT_TRUE(pointer);
    EXPECT_EQ(pointer->id, "0123abc");
    EXPECT_EQ(pointer->owner, 77U);
    ASSERT_TRUE(pointer->for_get);
    EXPECT_EQ(pointer->for_get->size(), 1U);
    EXPECT_TRUE(pointer->for_get->find({"DAV:", "getcontenttype"}));
    EXPECT_FALSE(may_hold_checksums(bytes));
    EXPECT_FALSE(decode(bytes));
}

TEST(RecordPointer, LeavesOutWhatWouldNotFitIntoAnAttribute) {
    PropertySet set;
    set.set({{"DAV:", "getcontenttype"}, std::string(5000, 'x')});
    const auto bytes = encode(RecordPointer{"ab", 1, sent_with_get(set)});
    EXPECT_LT(bytes.size(), 200U);
    const auto pointer = decode_pointer(bytes);
    ASSERT_TRUE(pointer);
    EXPECT_FALSE(pointer->for_get);
    EXPECT_TRUE(may_hold_checksums(bytes));
}

TEST(RecordPointer, ADamagedPointerIsRefused) {
    const auto bytes = encode(RecordPointer{"0123abc", 77, sent_with_get(some_set())});
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(decode_pointer(bytes.substr(0, i)));
        auto changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(decode_pointer(changed)) << i;
    }
}

}  // namespace
}  // namespace davit::fs

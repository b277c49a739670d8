// A folder that can be read to its middle only: what was read is not taken for all there is.
#include <dirent.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "davit/fs/open_tree.hpp"

namespace {

/// Entries this thread may still read; below 0: all.
thread_local int left = -1;

}  // namespace

/// Before the C library's own.
extern "C" __attribute__((visibility("default"))) dirent* readdir(DIR* folder) {
    static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(::dlsym(RTLD_NEXT, "readdir"));
    if (left == 0) {
        errno = EIO;
        return nullptr;
    }
    if (left > 0) --left;
    return real(folder);
}

namespace davit::fs {
namespace {

namespace stdfs = std::filesystem;

ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}

class Unreadable : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (stdfs::temp_directory_path() / "davit-fs-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
        stdfs::create_directories(root_ / "d" / "e");
        for (const auto* name : {"d/1", "d/2", "d/\u00e9", "d/e/3"}) std::ofstream(root_ / name) << name;
    }
    void TearDown() override {
        left = -1;
        stdfs::remove_all(root_);
    }
    TreeOptions options() const { return {.root = root_, .durable = false}; }

    stdfs::path root_;
    store::SystemClock clock_;
};

TEST_F(Unreadable, NothingIsCopiedByHalves) {
    auto tree = open_tree(options(), clock_).value();
    bool done = false;
    for (int most = 0; !done && most < 100; ++most) {
        left = most;
        const auto copied =
            tree->resources().copy(path("/d"), path("/to"), Depth::infinity, store::Replace::must_not_exist, {});
        left = -1;
        done = copied.has_value();
        if (!done) {
            EXPECT_EQ(copied.error().code, FailureCode::io_error) << most;
            EXPECT_FALSE(stdfs::exists(root_ / "to")) << most;
        }
    }
    ASSERT_TRUE(done);
    for (const auto* name : {"to/1", "to/2", "to/\u00e9", "to/e/3"}) EXPECT_TRUE(stdfs::exists(root_ / name)) << name;
}

TEST_F(Unreadable, ACheckSaysWhatItHasNotSeen) {
    open_tree(options(), clock_).value();
    bool done = false;
    for (int most = 0; !done && most < 200; ++most) {
        left = most;
        const auto report = check_tree(options(), clock_, true);
        left = -1;
        done = report && report->unreadable.empty();
        if (!done) continue;
        EXPECT_EQ(report->resources, 7u) << most;
    }
    EXPECT_TRUE(done);
}

}  // namespace
}  // namespace davit::fs

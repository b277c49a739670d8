// A folder that can be read to its middle only: what was read is not taken for all there is. And how often folders are
// read, and who waits meanwhile, for the sake of names in two Unicode forms.
#include <dirent.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <utility>

#include "davit/fs/open_tree.hpp"

namespace {

/// Entries this thread may still read; below 0: all.
thread_local int left = -1;
/// Those it has read.
thread_local int entries_read = 0;
/// Done in the midst of this thread's next sync.
thread_local std::function<void()> while_syncing;

}  // namespace

/// Before the C library's own.
extern "C" __attribute__((visibility("default"))) dirent* readdir(DIR* folder) {
    static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(::dlsym(RTLD_NEXT, "readdir"));
    if (left == 0) {
        errno = EIO;
        return nullptr;
    }
    if (left > 0) --left;
    ++entries_read;
    return real(folder);
}
extern "C" __attribute__((visibility("default"))) int fsync(int file) {
    static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
    if (while_syncing) std::exchange(while_syncing, nullptr)();
    return real(file);
}

namespace davit::fs {
namespace {

namespace stdfs = std::filesystem;

ResourcePath parsed(std::string_view text) {
    return ResourcePath::parse(text).value();
}

void make_file(const stdfs::path& place) {
    const std::ofstream made(place);
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
    TreeOptions options(PropertyPlace place = PropertyPlace::automatic) const {
        return {.root = root_, .durable = false, .properties = place};
    }

    stdfs::path root_;
    store::SystemClock clock_;
};

TEST_F(Unreadable, ACopyOfAnUnreadableTreeLeavesNothing) {
    auto tree = open_tree(options(), clock_).value();
    bool done = false;
    for (int most = 0; !done && most < 100; ++most) {
        left = most;
        const auto copied =
            tree->resources().copy(parsed("/d"), parsed("/to"), Depth::infinity, store::Replace::must_not_exist, {});
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

TEST_F(Unreadable, ACheckReportsWhatItCouldNotRead) {
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

class Names : public Unreadable {
protected:
    Result<store::Committed> put(std::string_view name) {
        auto upload = tree_->resources().begin_upload(parsed(name), 0);
        if (!upload) return std::unexpected(upload.error());
        return (*upload)->commit(parsed(name), store::Replace::may_exist);
    }
    std::string spelled(std::string_view name) {
        const auto found = tree_->resources().resolve(parsed(name), store::LastLink::followed, store::Waiting::allowed);
        return found ? found->path.str() : std::string(davit::name(found.error().code));
    }

    std::unique_ptr<Tree> tree_ = nullptr;
};

TEST_F(Names, NoSecondFormIsMadeInAFolderThatCannotBeRead) {
    tree_ = open_tree(options(), clock_).value();
    for (int most = 0; most < 3; ++most) {
        left = most;
        const auto made = put("/d/e\u0301");
        left = -1;
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, FailureCode::io_error);
    }
    EXPECT_EQ(put("/d/e\u0301").error().code, FailureCode::other_spelling);
}

TEST_F(Names, ANewNameDoesNotMakeTheFolderBeReadAgain) {
    tree_ = open_tree(options(), clock_).value();
    entries_read = 0;
    for (int i = 0; i < 300; ++i) {
        if (i == 150) {
            tree_.reset();
            tree_ = open_tree(options(PropertyPlace::database), clock_).value();
        }
        const auto number = std::to_string(i);
        ASSERT_TRUE(put("/d/e\u0301" + number)) << i;
        make_file(root_ / ("d/outside\u00e9" + number));
        EXPECT_EQ(spelled("/d/\u00e9" + number), "d/e\u0301" + number);
        EXPECT_EQ(spelled("/d/outsidee\u0301" + number), "d/outside\u00e9" + number);
        EXPECT_EQ(put("/d/outsidee\u0301" + number).error().code, FailureCode::other_spelling);
    }
    EXPECT_LT(entries_read, 1000) << "by inotify; otherwise it is some hundred thousand";
}

TEST_F(Names, RemovedNamesAreNotFound) {
    tree_ = open_tree(options(), clock_).value();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(spelled("/d/e\u0301"), "d/\u00e9") << i;
        stdfs::remove(root_ / "d/\u00e9");
        EXPECT_EQ(spelled("/d/e\u0301"), "d/e\u0301") << i;
        stdfs::rename(root_ / "d/1", root_ / "d/\u00e9");
        EXPECT_EQ(spelled("/d/e\u0301"), "d/\u00e9") << i;
        stdfs::rename(root_ / "d/\u00e9", root_ / "d/1");
        ASSERT_TRUE(put("/d/e\u0301")) << i;
        EXPECT_EQ(spelled("/d/\u00e9"), "d/e\u0301") << i;
        stdfs::remove_all(root_ / "d");  // the next folder has its inode, perhaps
        stdfs::create_directory(root_ / "d");
        EXPECT_EQ(spelled("/d/\u00e9"), "d/\u00e9") << i;
        make_file(root_ / "d/1");
        make_file(root_ / "d/\u00e9");
    }
}

TEST_F(Names, ANameIsFoundAfterTheKernelDroppedEvents) {
    tree_ = open_tree(options(), clock_).value();
    EXPECT_EQ(spelled("/d/e\u0301"), "d/\u00e9");
    for (int i = 0; i < 20000; ++i) make_file(root_ / ("d/o" + std::to_string(i)));  // its queue holds 16384
    make_file(root_ / "d/o\u00e9");
    EXPECT_EQ(spelled("/d/oe\u0301"), "d/o\u00e9");
}

TEST_F(Names, NamesAreFoundInMoreFoldersThanAreWatched) {
    tree_ = open_tree(options(), clock_).value();
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 100; ++i) {
            const auto folder = "m" + std::to_string(i);
            stdfs::create_directory(root_ / folder);
            make_file(root_ / folder / (std::to_string(round) + "\u00e9"));
            const auto name = folder + "/" + std::to_string(round);
            EXPECT_EQ(spelled("/" + name + "e\u0301"), name + "\u00e9");
        }
}

/// Somebody else makes a name beyond ASCII in the same folder while `work` waits for the disk.
template <typename Work>
void nobody_waits_for(Tree& tree, Work work) {
    std::future<bool> other;
    bool in_time = false;
    while_syncing = [&] {
        other = std::async(std::launch::async,
                           [&] { return tree.resources().make_collection(parsed("/d/\u00f6"), {}).has_value(); });
        in_time = other.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    };
    EXPECT_TRUE(work());
    while_syncing = nullptr;
    ASSERT_TRUE(other.valid()) << "nothing was synced";
    EXPECT_TRUE(other.get());
    EXPECT_TRUE(in_time);
    EXPECT_TRUE(tree.resources().remove(parsed("/d/\u00f6"), {}));
}

TEST_F(Names, NoRequestWaitsForTheDiskOfAnother) {
    auto durable = options();
    durable.durable = true;
    durable.trash_keep = std::chrono::hours(1);
    tree_ = open_tree(durable, clock_).value();
    auto& resources = tree_->resources();
    PropertySet set;
    set.set({{"urn:z", "p"}, "<p xmlns=\"urn:z\">1</p>"});
    nobody_waits_for(*tree_, [&] { return resources.make_collection(parsed("/d/\u00e0"), {}).has_value(); });
    nobody_waits_for(*tree_, [&] { return resources.make_collection(parsed("/d/\u00e8"), set).has_value(); });
    ASSERT_TRUE(resources.remove(parsed("/d/\u00e0"), {}));
    auto& trash = *tree_->trash();
    for (const auto& entry : trash.list())
        if (entry.path == parsed("/d/\u00e0"))
            nobody_waits_for(*tree_, [&] {
                return trash.restore(entry.id, *entry.path, store::Replace::must_not_exist, {}).has_value();
            });
}

}  // namespace
}  // namespace davit::fs

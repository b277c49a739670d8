#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "davit/fs/open_tree.hpp"
#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"

namespace davit::fs {
namespace {

namespace stdfs = std::filesystem;
ResourcePath path(std::string_view text) {
    return ResourcePath::parse(text).value();
}

/// Every promise of the ports, wherever the properties are kept.
class TreeTest : public ::testing::TestWithParam<PropertyPlace> {
protected:
    void SetUp() override {
        std::string pattern = (stdfs::temp_directory_path() / "davit-fs-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
        open();
    }
    void TearDown() override {
        tree_.reset();
        stdfs::remove_all(root_);
    }
    void open() {
        auto opened = open_tree({.root = root_, .durable = true, .properties = GetParam()}, clock_);
        ASSERT_TRUE(opened) << opened.error().sentence;
        tree_ = std::move(*opened);
    }
    void reopen() {
        tree_.reset();
        open();
    }

    store::ResourceStore& resources() { return tree_->resources(); }
    store::PropertyStore& properties() { return tree_->properties(); }
    /// Without the creation date, which a file that was replaced keeps beside them.
    PropertySet dead(std::string_view where) {
        auto set = properties().read(path(where)).value();
        set.remove(store::creation_date_name());
        return set;
    }

    Result<store::Committed> put(std::string_view where, std::string_view content,
                                 store::Replace replace = store::Replace::may_exist) {
        auto upload = resources().begin_upload(path(where), content.size());
        if (!upload) return std::unexpected(upload.error());
        if (auto written = (*upload)->write(std::as_bytes(std::span(content))); !written)
            return std::unexpected(written.error());
        return (*upload)->commit(path(where), replace);
    }
    std::string get(std::string_view where) {
        const auto content = resources().open(path(where));
        if (!content) return "(" + std::string(name(content.error().code)) + ")";
        std::string text((*content)->info().size, '\0');
        EXPECT_EQ((*content)->read(0, std::as_writable_bytes(std::span(text)), store::Waiting::allowed).value_or(0),
                  text.size());
        return text;
    }
    PropertySet set_of(const std::string& value) {
        PropertySet set;
        set.set({{"urn:z", "p"}, "<p xmlns=\"urn:z\">" + value + "</p>"});
        return set;
    }
    bool trash_empties() {
        for (int i = 0; i < 100; ++i)
            if (tree_->sweep())
                return stdfs::is_empty(root_ / ".davit" / "trash") && stdfs::is_empty(root_ / ".davit" / "tmp");
        return false;
    }

    stdfs::path root_;
    store::SystemClock clock_;
    std::unique_ptr<Tree> tree_;
};

TEST_P(TreeTest, UploadsAppearWholeOrNotAtAll) {
    {
        auto abandoned = resources().begin_upload(path("/f"), 3);
        ASSERT_TRUE(abandoned);
        ASSERT_TRUE((*abandoned)->write(std::as_bytes(std::span("abc", 3))));
        EXPECT_EQ(get("/f"), "(not-found)");
    }
    EXPECT_EQ(get("/f"), "(not-found)");
    EXPECT_TRUE(put("/f", "one")->created);
    EXPECT_FALSE(put("/f", "two")->created);
    EXPECT_EQ(get("/f"), "two");
    EXPECT_EQ(put("/f", "three", store::Replace::must_not_exist).error().code, FailureCode::already_exists);
    EXPECT_EQ(get("/f"), "two");
    EXPECT_EQ(put("/no/f", "x").error().code, FailureCode::parent_missing);
    EXPECT_EQ(put("/f/x", "x").error().code, FailureCode::parent_missing);
    EXPECT_TRUE(trash_empties());
}

TEST_P(TreeTest, AnUploadIsJudgedByTheSameFactsAsStat) {
    ASSERT_TRUE(put("/f", "text"));
    ASSERT_TRUE(resources().make_collection(path("/c"), {}));
    stdfs::create_symlink("f", root_ / "link");
    stdfs::create_symlink("c", root_ / "to-folder");
    stdfs::create_symlink("nowhere", root_ / "dangling");
    stdfs::create_symlink("/etc/passwd", root_ / "out");
    ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
    constexpr auto refusal = FailureCode::locked;
    const auto text_of = [](const std::optional<store::ResourceInfo>& info) {
        return info ? store::entity_tag(*info).str() + (info->collection ? "/" : "") : "nothing";
    };
    for (const auto* name : {"/f", "/c", "/dangling", "/out", "/fifo", "/new", "/"}) {
        const auto stat = resources().stat(path(name));
        std::optional<std::optional<store::ResourceInfo>> seen;
        const auto begun =
            resources().begin_upload_if(path(name), std::nullopt, [&](const auto& there) -> Result<void> {
                seen = there;
                return fail(refusal, "");
            });
        ASSERT_FALSE(begun) << name;
        const bool missing = !stat && stat.error().code == FailureCode::not_found;
        EXPECT_EQ(begun.error().code, stat || missing ? refusal : stat.error().code) << name;
        ASSERT_EQ(seen.has_value(), stat || missing) << name;
        if (seen) {
            EXPECT_EQ(text_of(*seen), text_of(stat ? std::optional(*stat) : std::nullopt)) << name;
        }
    }
    for (const auto* name : {"/link", "/to-folder", "/to-folder/x", "/dangling/x"}) {
        const auto begun = resources().begin_upload_if(path(name), std::nullopt, [](const auto&) -> Result<void> {
            ADD_FAILURE() << "this is no canonical path";
            return {};
        });
        EXPECT_EQ(begun.error().code, FailureCode::path_changed) << name;
    }
    for (const auto* name : {"/no/f", "/f/x"}) {
        const auto begun = resources().begin_upload_if(path(name), std::nullopt, [&](const auto&) -> Result<void> {
            ADD_FAILURE() << "there is no folder to consider anything in: " << name;
            return {};
        });
        EXPECT_EQ(begun.error().code, FailureCode::parent_missing) << name;
    }
    EXPECT_TRUE(trash_empties()) << "who refuses leaves nothing";
}

TEST_P(TreeTest, AnUploadReplacesALinkThatLeadsNowhere) {
    ASSERT_TRUE(put("/f", "text"));
    stdfs::create_symlink("f", root_ / "link");
    stdfs::create_symlink("nowhere", root_ / "dangling");
    EXPECT_EQ(put("/link", "of its own").error().code, FailureCode::path_changed);
    EXPECT_EQ(put("/dangling", "x", store::Replace::must_exist).error().code, FailureCode::not_found);
    EXPECT_EQ(put("/dangling", "x", store::Replace::must_not_exist).error().code, FailureCode::dangling_link);
    EXPECT_TRUE(stdfs::is_symlink(root_ / "dangling"));
    EXPECT_TRUE(put("/dangling", "new")->created) << "nothing was at the URL";
    EXPECT_EQ(get("/f") + get("/dangling"), "textnew");
    EXPECT_FALSE(stdfs::exists(root_ / "nowhere"));
    EXPECT_TRUE(trash_empties());
}

TEST_P(TreeTest, AnOpenContentStaysWhatItWas) {
    ASSERT_TRUE(put("/f", "old"));
    const auto content = resources().open(path("/f"));
    ASSERT_TRUE(put("/f", "new"));
    std::string text(3, '\0');
    ASSERT_TRUE((*content)->read(0, std::as_writable_bytes(std::span(text)), store::Waiting::allowed));
    EXPECT_EQ(text, "old");
}

TEST_P(TreeTest, EntityTagsNeverRepeat) {
    std::map<std::string, int> tags;
    for (int i = 0; i < 300; ++i) ++tags[store::entity_tag(put("/f", i % 2 ? "a" : "b")->info).str()];
    EXPECT_EQ(tags.size(), 300U);
    EXPECT_EQ(store::entity_tag(*resources().stat(path("/f"))).str().size(), tags.begin()->first.size());
}

TEST_P(TreeTest, PropertiesBelongToTheFile) {
    ASSERT_TRUE(put("/f", "x"));
    EXPECT_TRUE(properties().read(path("/f"))->empty());
    ASSERT_TRUE(properties().write(path("/f"), {set_of("v"), {}, {}}));
    ASSERT_TRUE(put("/f", "y"));
    EXPECT_EQ(dead("/f"), set_of("v")) << "PUT keeps";
    ASSERT_TRUE(resources().copy(path("/f"), path("/c"), Depth::infinity, store::Replace::may_exist));
    EXPECT_EQ(properties().read(path("/c")), set_of("v")) << "COPY copies";
    ASSERT_TRUE(resources().move(path("/f"), path("/m"), store::Replace::may_exist));
    EXPECT_EQ(dead("/m"), set_of("v")) << "MOVE carries";
    reopen();
    EXPECT_EQ(dead("/m"), set_of("v"));
    ASSERT_TRUE(resources().remove(path("/m")));
    ASSERT_TRUE(put("/m", "x"));
    EXPECT_TRUE(properties().read(path("/m"))->empty()) << "DELETE forgets";
    EXPECT_EQ(properties().read(path("/none")).error().code, FailureCode::not_found);
    ASSERT_TRUE(properties().write(path("/c"), {PropertySet{}, {}, {}}));
    EXPECT_TRUE(properties().read(path("/c"))->empty());
}

TEST_P(TreeTest, LargePropertySetsAreStoredCopiedAndMoved) {
    ASSERT_TRUE(put("/f", "x"));
    auto set = set_of(std::string(1 << 20, 'v'));
    for (int i = 0; i < 1000; ++i)
        set.set({{"urn:z", "p" + std::to_string(i)},
                 "<p" + std::to_string(i) + " xmlns=\"urn:z\">value</p" + std::to_string(i) + ">"});
    ASSERT_TRUE(properties().write(path("/f"), {set, {}, {}}));
    EXPECT_EQ(properties().read(path("/f")), set);
    ASSERT_TRUE(resources().copy(path("/f"), path("/c"), Depth::infinity, store::Replace::may_exist));
    ASSERT_TRUE(properties().write(path("/f"), {set_of("small"), {}, {}}));
    EXPECT_EQ(properties().read(path("/f")), set_of("small"));
    EXPECT_EQ(properties().read(path("/c")), set);
}

TEST_P(TreeTest, ChecksumsBelongToOneContent) {
    const auto put_checked = [&](std::string_view where) {
        auto upload = resources().begin_upload(path(where), std::nullopt).value();
        ASSERT_TRUE(upload->write(std::as_bytes(std::span(std::string_view("one")))));
        upload->set_checksums({Digest{DigestAlgorithm::adler32, "\1\2\3\4"}});
        ASSERT_TRUE(upload->commit(path(where), store::Replace::may_exist));
    };
    const auto known = [&](std::string_view where) {
        const auto look = resources().look(path(where), store::ListingContent::info_and_properties).value();
        return store::checksums_of(look.properties, look.info).size();
    };
    ASSERT_TRUE(put("/f", "old"));
    ASSERT_TRUE(properties().write(path("/f"), {set_of("kept"), {}, {}}));
    put_checked("/f");
    EXPECT_EQ(known("/f"), 1U);
    EXPECT_EQ(dead("/f").size(), 2U) << "beside the other properties";
    ASSERT_TRUE(properties().write(path("/f"), {{}, std::chrono::sys_seconds(std::chrono::seconds(1000)), true}));
    EXPECT_EQ(known("/f"), 1U);
    ASSERT_TRUE(resources().copy(path("/f"), path("/g"), Depth::infinity, store::Replace::must_not_exist));
    ASSERT_TRUE(resources().move(path("/f"), path("/h"), store::Replace::must_not_exist));
    EXPECT_EQ(known("/g") + known("/h"), 2U);
    reopen();
    EXPECT_EQ(known("/g") + known("/h"), 2U);
    ASSERT_TRUE(put("/g", "two"));
    EXPECT_EQ(dead("/g").size(), 1U) << "and it is gone, not only unseen";
    std::ofstream(root_ / "h") << "two";
    EXPECT_EQ(known("/h"), 0U);
}

TEST_P(TreeTest, APartIsLaidOverACopy) {
    const std::string large(300'000, 'x');
    for (const auto& text : {std::string("0123456789"), large}) {
        ASSERT_TRUE(put("/f", text));
        auto upload = resources().begin_upload(path("/f"), std::nullopt).value();
        const auto base = resources().open(path("/f")).value();
        ASSERT_TRUE(upload->start_from(*base, text.size() - 2, 4));
        ASSERT_TRUE(upload->write(std::as_bytes(std::span(std::string_view("ABCD")))));
        EXPECT_EQ(upload->size(), 4U);
        std::string tail(6, '\0');
        EXPECT_EQ(upload->read(text.size() - 3, std::as_writable_bytes(std::span(tail))).value(), 5U);
        EXPECT_EQ(tail.substr(1, 4), "ABCD");
        EXPECT_EQ(get("/f"), text);
        ASSERT_TRUE(upload->commit(path("/f"), store::Replace::may_exist));
        EXPECT_EQ(get("/f"), text.substr(0, text.size() - 2) + "ABCD");
    }
}

TEST_P(TreeTest, TimeModeAndPropertiesChangeTogether) {
    ASSERT_TRUE(put("/f", "x"));
    const auto before = resources().stat(path("/f"));
    const std::chrono::sys_seconds time(std::chrono::seconds(1'000'000'000));
    ASSERT_TRUE(properties().write(path("/f"), {set_of("v"), time, true}));
    const auto after = resources().stat(path("/f"));
    EXPECT_TRUE(after->executable);
    EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(after->modified), time);
    ASSERT_TRUE(properties().write(path("/f"), {{}, {}, false}));
    EXPECT_FALSE(resources().stat(path("/f"))->executable);
    EXPECT_EQ(before->identity, after->identity);
}

TEST_P(TreeTest, ACollectionIsCreatedWithItsProperties) {
    ASSERT_TRUE(resources().make_collection(path("/d"), set_of("v")));
    EXPECT_EQ(properties().read(path("/d")), set_of("v"));
    EXPECT_EQ(resources().make_collection(path("/d"), {}).error().code, FailureCode::already_exists);
    EXPECT_EQ(resources().make_collection(path("/no/d"), {}).error().code, FailureCode::parent_missing);
    EXPECT_TRUE(trash_empties());
}

TEST_P(TreeTest, ACopyOrMoveReplacesAWholeTree) {
    for (const auto* name : {"/a", "/a/sub", "/b"}) ASSERT_TRUE(resources().make_collection(path(name), {}));
    ASSERT_TRUE(put("/a/sub/f", "a"));
    ASSERT_TRUE(put("/b/old", "b"));
    EXPECT_EQ(resources().copy(path("/a"), path("/b"), Depth::infinity, store::Replace::must_not_exist).error().code,
              FailureCode::already_exists);
    EXPECT_EQ(get("/b/old"), "b");
    EXPECT_FALSE(resources().copy(path("/a"), path("/b"), Depth::infinity, store::Replace::may_exist).value());
    EXPECT_EQ(get("/b/old"), "(not-found)");
    EXPECT_EQ(get("/b/sub/f"), "a");
    ASSERT_TRUE(put("/file", "file"));
    EXPECT_FALSE(resources().move(path("/file"), path("/b"), store::Replace::may_exist).value());
    EXPECT_EQ(get("/b"), "file");
    EXPECT_FALSE(resources().move(path("/a"), path("/b"), store::Replace::may_exist).value());
    EXPECT_EQ(get("/b/sub/f"), "a");
    EXPECT_EQ(get("/a"), "(not-found)");
    EXPECT_TRUE(trash_empties());
}

TEST_P(TreeTest, AMoveOntoAnotherNameOfTheSameFileRemovesTheSource) {
    ASSERT_TRUE(put("/f", "x"));
    stdfs::create_hard_link(root_ / "f", root_ / "g");
    EXPECT_FALSE(resources().move(path("/f"), path("/g"), store::Replace::may_exist).value());
    EXPECT_EQ(get("/f"), "(not-found)") << "rename(2) between two links does nothing and says it did";
    EXPECT_EQ(get("/g"), "x");
}

TEST_P(TreeTest, ListingShowsResourcesOnly) {
    ASSERT_TRUE(put("/f", "x"));
    ASSERT_TRUE(resources().make_collection(path("/d"), {}));
    ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
    stdfs::create_symlink("/etc", root_ / "out");
    stdfs::create_symlink("f", root_ / "in");
    std::map<std::string, bool> seen;
    auto listing = resources().list(ResourcePath(), store::ListingContent::info_and_properties).value();
    store::Entry entry;
    while (listing->next(entry).value()) seen[entry.name] = entry.info->collection;
    EXPECT_EQ(seen, (std::map<std::string, bool>{{"f", false}, {"d", true}, {"in", false}}));
    EXPECT_EQ(get("/out/passwd"), "(outside-root)");
    EXPECT_EQ(get("/fifo"), "(not-a-regular-file)");
    EXPECT_EQ(resources().stat(path("/fifo")).error().code, FailureCode::not_a_regular_file);
}

TEST_P(TreeTest, ASecondServerOfAFolderIsRefused) {
    const auto second = open_tree({.root = root_}, clock_);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().sentence.find("Another davit"), std::string::npos);
    EXPECT_FALSE(open_tree({.root = root_ / "none"}, clock_));
    EXPECT_FALSE(open_tree({.root = root_ / ".davit" / "lock"}, clock_));
}

TEST_P(TreeTest, LeftoversOfACrashAreSwept) {
    tree_.reset();
    stdfs::create_directories(root_ / ".davit" / "tmp" / "half" / "done");
    stdfs::create_directories(root_ / ".davit" / "trash" / "old");
    std::ofstream(root_ / ".davit" / "trash" / "old" / "f") << "x";
    open();
    EXPECT_TRUE(trash_empties());
}

TEST_P(TreeTest, LocksSurviveARestart) {
    ActiveLock lock;
    lock.token = "urn:uuid:1";
    lock.root = path("/a");
    lock.depth = Depth::infinity;
    lock.owner_xml = "<o/>";
    lock.timeout = std::chrono::seconds(60);
    lock.expires = clock_.now() + lock.timeout;
    ASSERT_TRUE(resources().make_collection(path("/a"), {}));
    ASSERT_TRUE(tree_->locks().empty());
    ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    reopen();
    EXPECT_EQ(tree_->locks().covering(path("/a/b/c")).size(), 1U);
    EXPECT_TRUE(tree_->locks().covering(path("/ab")).empty());
    EXPECT_EQ(tree_->locks().below(ResourcePath()).size(), 1U);
    EXPECT_TRUE(tree_->locks().below(path("/a")).empty());
    EXPECT_EQ(tree_->locks().find("urn:uuid:1")->owner_xml, "<o/>");
    ASSERT_TRUE(tree_->locks().refresh("urn:uuid:1", std::chrono::seconds(0), clock_.now()));
    EXPECT_TRUE(tree_->locks().covering(path("/a")).empty());
    EXPECT_EQ(tree_->locks().remove("urn:uuid:1").error().code, FailureCode::not_found);
    lock.token = "urn:uuid:2";
    ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    tree_->locks().remove_tree(path("/a"));
    reopen();
    EXPECT_TRUE(tree_->locks().empty());
}

/// A system clock that can be set, beside one that cannot.
class SteppedClock final : public store::Clock {
public:
    std::chrono::system_clock::time_point now() const override { return monotonic() + step; }
    std::chrono::system_clock::time_point monotonic() const override { return time; }
    std::chrono::system_clock::time_point time{std::chrono::seconds(1'700'000'000)};
    std::chrono::system_clock::duration step{};
};

/// A second passes whenever it is asked.
class HurryingClock final : public store::Clock {
public:
    std::chrono::system_clock::time_point now() const override {
        return std::chrono::system_clock::time_point(seconds_++);
    }

private:
    mutable std::chrono::seconds seconds_{1'700'000'000};
};

TEST_P(TreeTest, ACopyThatMeetsItsDeadlineLeavesNothing) {
    ASSERT_TRUE(resources().make_collection(path("/t"), {}));
    for (const auto* name : {"/t/a", "/t/b", "/t/c", "/t/d"}) ASSERT_TRUE(put(name, "content"));
    ASSERT_TRUE(put("/u", "old"));
    const HurryingClock clock;
    for (const int patience : {0, 1, 3}) {
        const store::Deadline until{&clock, clock.monotonic() + std::chrono::seconds(patience)};
        const auto copied =
            resources().copy(path("/t"), path("/u"), Depth::infinity, store::Replace::may_exist, {}, until);
        ASSERT_FALSE(copied) << patience;
        EXPECT_EQ(copied.error().code, FailureCode::operation_timeout);
        EXPECT_EQ(copied.error().changed, Changed::none);
        EXPECT_TRUE(copied.error().retry_after);
        EXPECT_TRUE(copied.error().culprits.empty());
        EXPECT_TRUE(stdfs::is_regular_file(root_ / "u"));
        EXPECT_TRUE(stdfs::is_empty(root_ / ".davit" / "tmp"));
    }
    const store::Deadline until{&clock, clock.monotonic() + std::chrono::seconds(100)};
    EXPECT_TRUE(resources().copy(path("/t"), path("/u"), Depth::infinity, store::Replace::may_exist, {}, until));
    EXPECT_TRUE(stdfs::is_regular_file(root_ / "u" / "d"));
}

TEST_P(TreeTest, LocksDoNotFollowTheSystemClock) {
    using std::chrono::seconds;
    SteppedClock clock;
    const auto open_again = [&] {
        tree_.reset();
        tree_ = open_tree({.root = root_, .durable = true, .properties = GetParam()}, clock).value();
    };
    open_again();
    for (const auto* name : {"/a", "/b"}) ASSERT_TRUE(resources().make_collection(path(name), {}));
    const auto add = [&](const char* token, const char* where) {
        ActiveLock lock;
        lock.token = token;
        lock.root = path(where);
        lock.expires = clock.monotonic() + seconds(60);
        return tree_->locks().add(std::make_shared<const ActiveLock>(lock)).has_value();
    };
    const auto held = [&](const char* token) { return tree_->locks().find(token) != nullptr; };
    ASSERT_TRUE(add("urn:uuid:1", "/a"));
    for (const auto step : {seconds(1'000'000), seconds(-1'000'000)}) {
        clock.step = step;
        EXPECT_TRUE(held("urn:uuid:1")) << "a step forward ends no lock";
    }
    ASSERT_TRUE(add("urn:uuid:2", "/b"));  // sees the step and takes the rows along
    clock.time += seconds(50);
    // The next run begins with the clock as it was set: the locks have ten seconds left.
    clock.time += clock.step;
    clock.step = {};
    open_again();
    EXPECT_TRUE(held("urn:uuid:1"));
    clock.time += seconds(9);
    EXPECT_TRUE(held("urn:uuid:1") && held("urn:uuid:2"));
    clock.time += seconds(2);
    EXPECT_FALSE(held("urn:uuid:1") || held("urn:uuid:2")) << "a step back prolongs no lock";
}

TEST_P(TreeTest, ExpiredLocksAreRemoved) {
    SteppedClock clock;
    tree_.reset();
    tree_ = open_tree({.root = root_, .durable = true, .properties = GetParam()}, clock).value();
    ASSERT_TRUE(resources().make_collection(path("/d"), {}));
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(resources().make_collection(path("/d/" + std::to_string(i)), {}));
    for (int i = 0; i < 20; ++i) {
        ActiveLock lock;
        lock.token = "urn:uuid:" + std::to_string(i);
        lock.root = path("/d/" + std::to_string(i % 7));
        lock.principal = "p";
        lock.expires = clock.monotonic() + std::chrono::seconds(i < 15 ? 10 : 100);
        ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    }
    clock.time += std::chrono::seconds(11);
    EXPECT_EQ(tree_->locks().below(path("/d")).size(), 5U);
    clock.time += std::chrono::seconds(11);
    tree_->locks().drop_expired();
    EXPECT_EQ(tree_->locks().count(), 5U);
    EXPECT_EQ(tree_->locks().count("p"), 5U);
    tree_.reset();
    tree_ = open_tree({.root = root_, .durable = true, .properties = GetParam()}, clock).value();
    EXPECT_EQ(tree_->locks().count(), 5U) << "their rows are gone too";
    EXPECT_EQ(tree_->locks().covering(path("/d/1")).size(), 1U);
    tree_->locks().remove_tree(path("/d"));
    EXPECT_TRUE(tree_->locks().empty());
}

/// Whoever does not wait is told when it is so, beside those who wait, and what was told outlives a crash.
TEST_P(TreeTest, LocksAreAddedAndRemovedWithoutBlocking) {
    constexpr int each = 200;
    std::atomic<int> told{0};
    const auto lock_of = [&](const std::string& token) {
        ActiveLock lock;
        lock.token = token;
        lock.root = path("/" + token);
        lock.expires = clock_.monotonic() + std::chrono::seconds(60);
        return lock;
    };
    const auto tell = [&](const LockToken& token, bool there) {
        return [&told, &locks = tree_->locks(), token, there](const Result<void>& done) {
            EXPECT_TRUE(done) << "of " << token;
            EXPECT_EQ(locks.find(token) != nullptr, there) << "it is so before it is told";
            ++told;
        };
    };
    for (int i = 0; i < each; ++i) ASSERT_TRUE(resources().make_collection(path("/s" + std::to_string(i)), {}));
    std::thread waiting([&] {
        for (int i = 0; i < each; ++i)
            EXPECT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock_of("w" + std::to_string(i)))));
    });
    for (int i = 0; i < each; ++i) {
        const auto lock = lock_of("s" + std::to_string(i));
        tree_->locks().add_then(std::make_shared<const ActiveLock>(lock), tell(lock.token, true));
    }
    waiting.join();
    while (told < each) std::this_thread::yield();
    for (int i = 0; i < each; i += 2) {
        const auto token = "s" + std::to_string(i);
        tree_->locks().remove_then(token, tell(token, false));
    }
    bool missed = false;
    tree_->locks().remove_then("none", [&](const Result<void>& done) { missed = !done; });
    EXPECT_TRUE(missed);
    reopen();
    EXPECT_EQ(told, each + each / 2) << "none is forgotten at the end";
    EXPECT_EQ(tree_->locks().count(), std::size_t{each / 2}) << "those of nothing that is there go, the others stay";
}

TEST_P(TreeTest, ExpiredLocksMakeRoomWithoutBlocking) {
    SteppedClock clock;
    tree_.reset();
    tree_ = open_tree({.root = root_, .durable = true, .properties = GetParam()}, clock).value();
    ActiveLock lock;
    for (int i = 0; i < 20; ++i) {
        lock.token = "urn:uuid:" + std::to_string(i);
        lock.expires = clock.monotonic() + std::chrono::seconds(10);
        ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    }
    clock.time += std::chrono::seconds(20);
    lock.token = "urn:uuid:new";
    lock.expires = clock.monotonic() + std::chrono::seconds(10);
    std::atomic<bool> told{false};
    tree_->locks().add_then(std::make_shared<const ActiveLock>(lock),
                            [&](const Result<void>& done) { told = done.has_value(); });
    while (!told) std::this_thread::yield();
    EXPECT_EQ(tree_->locks().count(), 1U);
}

/// The only lock there is: a reader must never see the table without it.
TEST_P(TreeTest, ALockStaysVisibleWhileItIsRefreshed) {
    using std::chrono::seconds;
    tree_.reset();  // without a database refreshes follow one another closely
    tree_ = open_tree({.root = root_, .durable = false, .properties = GetParam()}, clock_).value();
    ActiveLock lock;
    lock.token = "urn:uuid:1";
    lock.root = path("/a");
    lock.expires = clock_.monotonic() + seconds(60);
    ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    std::atomic<int> left{20000};
    const auto refresh = [&] {
        while (left-- > 0)
            EXPECT_TRUE(tree_->locks().refresh(lock.token, seconds(60), clock_.monotonic() + seconds(60)));
    };
    std::thread one(refresh);
    std::thread other(refresh);
    std::size_t missing = 0;
    while (left > 0) missing += tree_->locks().covering(lock.root).empty();
    one.join();
    other.join();
    EXPECT_EQ(missing, 0U);
    EXPECT_EQ(tree_->locks().count(), 1U);
    EXPECT_EQ(tree_->locks().all().size(), 1U);
}

TEST_P(TreeTest, LocksOfMissingResourcesAreDroppedAtTheNextStart) {
    for (const auto* name : {"/a", "/b", "/a/x", "/b/x"}) ASSERT_TRUE(resources().make_collection(path(name), {}));
    ActiveLock lock;
    lock.expires = clock_.now() + std::chrono::seconds(60);
    for (const auto* name : {"/a", "/a/x", "/b", "/none"}) {
        lock.token = name;
        lock.root = path(name);
        ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    }
    // A crash comes between the MOVE and what follows from it.
    ASSERT_TRUE(tree_->locks().will_replace(path("/a"), *resources().stat(path("/a"))));
    ASSERT_TRUE(resources().move(path("/b"), path("/a"), store::Replace::may_exist));
    reopen();
    const auto left = tree_->locks().all();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front()->token, "/a") << "its URL is mapped";
}

TEST_P(TreeTest, LocksStayWhenNothingWasReplaced) {
    for (const auto* name : {"/a", "/a/x"}) ASSERT_TRUE(resources().make_collection(path(name), {}));
    ActiveLock lock;
    lock.token = "t";
    lock.root = path("/a/x");
    lock.expires = clock_.now() + std::chrono::seconds(60);
    ASSERT_TRUE(tree_->locks().add(std::make_shared<const ActiveLock>(lock)));
    ASSERT_TRUE(tree_->locks().will_replace(path("/a"), *resources().stat(path("/a"))));
    reopen();
    EXPECT_EQ(tree_->locks().count(), 1U);
}

TEST_P(TreeTest, ANewFolderHasNoPropertiesOfAFormerOne) {
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(put("/f", "x"));
        ASSERT_TRUE(properties().write(path("/f"), {set_of("v"), {}, {}}));
        ASSERT_TRUE(resources().remove(path("/f")));
        ASSERT_TRUE(resources().make_collection(path("/d"), {}));
        EXPECT_TRUE(properties().read(path("/d"))->empty()) << "the inode number may be the file's";
        ASSERT_TRUE(resources().remove(path("/d")));
        tree_->sweep();
    }
}

/// A file that is somewhere else whenever the search for unused records looks: its record is not even set aside.
TEST(Records, ARecordIsMetWhereverItsFileMoves) {
    std::string pattern = (stdfs::temp_directory_path() / "davit-fs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const stdfs::path root = pattern;
    {
        const store::SystemClock clock;
        const auto tree = open_tree({.root = root, .durable = false, .unused_records = std::chrono::seconds(0)}, clock);
        ASSERT_TRUE(tree);
        auto& resources = (*tree)->resources();
        for (const auto* name : {"/a", "/b"}) ASSERT_TRUE(resources.make_collection(path(name), {}));
        for (int i = 0; i < 300; ++i)
            for (const auto* folder : {"a/", "b/"}) std::ofstream(root / (folder + std::to_string(i))) << "x";
        std::ofstream(root / "a" / "f") << "x";
        PropertySet large;
        large.set({{"urn:z", "p"}, "<p xmlns=\"urn:z\">" + std::string(100'000, 'v') + "</p>"});
        ASSERT_TRUE((*tree)->properties().write(path("/a/f"), {large, {}, {}}));
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ((*tree)->collect().removed, 0U);
            const auto* from = i % 2 == 0 ? "/a/f" : "/b/f";
            const auto* to = i % 2 == 0 ? "/b/f" : "/a/f";
            ASSERT_TRUE(resources.move(path(from), path(to), store::Replace::may_exist));
            for (const auto& record : stdfs::directory_iterator(root / ".davit" / "records"))
                ASSERT_EQ(record.path().extension(), "") << "after " << i;
        }
        ASSERT_TRUE(resources.remove(path("/a/f")));
        std::size_t removed = 0;
        for (int i = 0; i < 100; ++i) removed += (*tree)->collect().removed;
        EXPECT_EQ(removed, 1U);
    }
    stdfs::remove_all(root);
}

TEST_P(TreeTest, AFileWithManyWritersHasOneWritersContent) {
    ASSERT_TRUE(put("/f", "0"));
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 25; ++n) {
                EXPECT_TRUE(put("/f", std::string(1000, static_cast<char>('a' + i))));
                EXPECT_TRUE(properties().write(path("/f"), {set_of(std::to_string(i)), {}, {}}));
            }
        });
    for (int n = 0; n < 200; ++n) {
        const auto text = get("/f");
        EXPECT_EQ(text.find_first_not_of(text.front()), std::string::npos);
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(properties().read(path("/f"))->size(), 1U);
    EXPECT_TRUE(trash_empties());
}

INSTANTIATE_TEST_SUITE_P(Places, TreeTest, ::testing::Values(PropertyPlace::attributes, PropertyPlace::database),
                         [](const auto& place) {
                             return place.param == PropertyPlace::attributes ? "Attributes" : "Database";
                         });

}  // namespace
}  // namespace davit::fs

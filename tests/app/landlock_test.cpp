#include "davit/app/landlock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace davit::app {
namespace {

bool has(const std::vector<Allowance>& all, const Allowance& one) {
    return std::ranges::find(all, one) != all.end();
}

Configuration serving(const std::string& root) {
    Configuration configuration;
    configuration.tree.root = root;
    return configuration;
}

TEST(Landlock, OnlyTheServedFolderIsWritable) {
    const auto reach = needed_reach(serving("/srv/dav"), "");
    EXPECT_TRUE(has(reach, {"/srv/dav", Reach::tree}));
    EXPECT_EQ(std::ranges::count_if(reach, [](const auto& each) { return each.reach != Reach::read; }), 1);
}

TEST(Landlock, AFolderThatIsOnlyReadIsOnlyRead) {
    auto configuration = serving("/srv/dav");
    configuration.tree.read_only = true;
    const auto reach = needed_reach(configuration, "");
    EXPECT_TRUE(has(reach, {"/srv/dav", Reach::read}));
    EXPECT_FALSE(has(reach, {"/srv/dav", Reach::tree}));
}

TEST(Landlock, TheFilesThatSighupReopensStayReachable) {
    auto configuration = serving("/srv/dav");
    configuration.log.file = "/var/log/davit/davit.log";
    configuration.file = "/etc/davit/davit.toml";
    const auto reach = needed_reach(configuration, "");
    EXPECT_TRUE(has(reach, {"/var/log/davit", Reach::logs}));
    EXPECT_TRUE(has(reach, {"/etc/davit", Reach::read}));
}

TEST(Landlock, ALogThatIsALinkIsOpenedWhereItLeads) {
    namespace files = std::filesystem;
    const auto place = files::temp_directory_path() / ("davit-landlock-" + std::to_string(::getpid()));
    files::create_directories(place / "logs");
    std::ofstream(place / "logs" / "real.log");
    files::create_symlink(place / "logs" / "real.log", place / "davit.log");
    auto configuration = serving("/srv/dav");
    configuration.log.file = place / "davit.log";
    const auto reach = needed_reach(configuration, "");
    EXPECT_TRUE(has(reach, {place, Reach::logs}));
    EXPECT_TRUE(has(reach, {files::canonical(place / "logs"), Reach::logs}));
    files::remove_all(place);
}

TEST(Landlock, TheFoldersOfAccountFilesAreReadable) {
    auto configuration = serving("/srv/dav");
    configuration.server.login.files.users = "/etc/davit/secret/users";
    configuration.server.login.bearer.keys = "/etc/keys/jwks.json";
    const auto reach = needed_reach(configuration, "");
    EXPECT_TRUE(has(reach, {"/etc/davit/secret", Reach::read}));
    EXPECT_TRUE(has(reach, {"/etc/keys", Reach::read}));
}

TEST(Landlock, ANameWithoutAFolderIsInThisOne) {
    auto configuration = serving("/srv/dav");
    configuration.file = "davit.toml";
    EXPECT_TRUE(has(needed_reach(configuration, ""), {".", Reach::read}));
}

TEST(Landlock, TheFoldersOfUnixSocketsAllowSockets) {
    auto configuration = serving("/srv/dav");
    configuration.server.endpoints = {http::UnixEndpoint{"/run/davit/http"}, http::TcpEndpoint{"127.0.0.1", 80}};
    configuration.server.tls.endpoints = {http::UnixEndpoint{"/run/davit-tls/https"}};
    configuration.server.management = {http::UnixEndpoint{"/run/davit-metrics/http"}};
    const auto reach = needed_reach(configuration, "/run/control/davit");
    for (const auto* folder : {"/run/davit", "/run/davit-tls", "/run/davit-metrics", "/run/control"})
        EXPECT_TRUE(has(reach, {folder, Reach::sockets})) << folder;
}

}  // namespace
}  // namespace davit::app

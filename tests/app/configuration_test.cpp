#include "davit/app/configuration.hpp"

#include <gtest/gtest.h>

#include "davit/app/units.hpp"

namespace davit::app {
namespace {

TEST(Units, SizesAreWholeNumbersWithKnownUnits) {
    EXPECT_EQ(parse_size("64KiB"), 65536U);
    EXPECT_EQ(parse_size("2 GiB"), 2147483648U);
    EXPECT_EQ(parse_size("7"), 7U);
    for (const auto* text : {"", "KiB", "-1B", "1.5MiB", "1KB", "99999999999TiB", "1KiB "})
        EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Units, DurationsNeedAKnownUnit) {
    EXPECT_EQ(parse_duration("2h"), std::chrono::seconds(7200));
    for (const auto* text : {"", "5", "5m", "-5s", "1e3s", "999999999d"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Endpoints, AnEndpointIsANumericAddressWithPortOrAUnixSocket) {
    const auto tcp = parse_endpoint("[::1]:8080");
    ASSERT_TRUE(tcp);
    EXPECT_EQ(std::get<http::TcpEndpoint>(*tcp).address, "::1");
    EXPECT_EQ(std::get<http::UnixEndpoint>(parse_endpoint("unix:/run/x").value()).path, "/run/x");
    EXPECT_EQ(std::get<http::TcpEndpoint>(parse_endpoint("localhost:80").value()).address, "127.0.0.1");
    EXPECT_EQ(std::get<http::TcpEndpoint>(parse_endpoint(":80").value()).address, "");  // all
    EXPECT_EQ(std::get<http::TcpEndpoint>(parse_endpoint("[fe80::1%lo]:80").value()).address, "fe80::1%lo");
    for (const auto* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80",
                             "[127.0.0.1]:80", "unix:x", "host:80", "[fe80::1%]:80", "[::1]80"})
        EXPECT_FALSE(parse_endpoint(text)) << text;
    EXPECT_FALSE(parse_endpoint("unix:/" + std::string(200, 'x')));
}

TEST(Configuration, MistakesHaveAPlace) {
    const auto wrong = parse_configuration("[limits]\n# fine\nconnections = 0\n", "x.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), Mistakes{"x.toml:3: limits.connections: expected a whole number from 1 to 1000000"});
    EXPECT_FALSE(parse_configuration("[limits", "x"));
    EXPECT_TRUE(parse_configuration("", "x"));
}

/// The lines of the mistakes, and the words before the second colon.
std::vector<std::string> places(const std::string& text) {
    std::vector<std::string> places;
    const auto read = parse_configuration(text, "x");
    if (read) return places;
    for (const auto& each : read.error()) places.push_back(each.substr(2, each.find(':', each.find(' ')) - 2));
    return places;
}

TEST(Configuration, AllMistakesAreToldInTheOrderOfTheFile) {
    const auto* text =
        "[webdav]\n"
        "trees = 'half'\n"
        "[server]\n"
        "workers = 0\n"
        "listen = ['here']\n"
        "lissten = 1\n"
        "public_urls = 'https://h/a'\n"
        "base_path = '/b'\n"
        "[auht]\n"
        "[[rules]]\n"
        "path = 1\n"
        "[[rules]]\n"
        "path = '/'\n"
        "users = '*'\n"
        "allow = 'everything'\n"
        "colour = 'red'\n"
        "[[exports]]\n"
        "root = ''\n"
        "path = '/a'\n"
        "homes = 1\n"
        "[log]\n"
        "level = 'loud'\n";
    EXPECT_EQ(places(text),
              (std::vector<std::string>{"2: webdav.trees", "4: server.workers", "5: server.listen", "6: server.lissten",
                                        "8: server.base_path is \"/b\", and server.public_urls says \"/a\"", "9: auht",
                                        "10: rules", "10: rules", "11: rules.path", "15: rules.allow",
                                        "16: rules.colour", "18: exports.root", "20: exports.homes", "22: log.level"}));
    EXPECT_EQ(places("exports = 1\nrules = [2]\n"), (std::vector<std::string>{"1: exports", "2: rules"}));
}

TEST(Configuration, ABasePathIsACleanOne) {
    const auto base = [](const std::string& text) { return parse_configuration("[server]\nbase_path = " + text, "x"); };
    for (const auto& [text, meant] :
         {std::pair("''", ""), std::pair("'/'", ""), std::pair("'/dav/'", "/dav"), std::pair("'/a/b%20c'", "/a/b%20c")})
        EXPECT_EQ(base(text)->server.address.base_path, meant) << text;
    for (const auto* text :
         {"'dav'", "'/../x'", "'/a b<'", "'/a/../b'", "'/a/.'", "'/a//b'", "'/a?b#c'", "'/a, /b'", "'/ä'",
          "'https://h/a'", "'/a%zz'", "'/a%'", "'/a%00'", "'/a%2Fb'", "'/a%2Db'", "'/d%c3%a4v'", "1"}) {
        const auto read = base(text);
        ASSERT_FALSE(read) << text;
        EXPECT_TRUE(read.error().front().starts_with("x:2: server.base_path: expected")) << text;
    }
}

TEST(Configuration, AllRulesBetweenKeysAreTold) {
    const auto both = parse_configuration(
                          "[auth]\nanonymous = true\nuser_header = 'X'\n"
                          "[locks]\ntimeout_min = '3h'\ntimeout_max = '2h'\n",
                          "x")
                          .value();
    const auto mistakes = check(both);
    ASSERT_EQ(mistakes.size(), 3U);
    EXPECT_TRUE(mistakes[0].starts_with("auth.anonymous without rules"));
    EXPECT_TRUE(mistakes[1].starts_with("auth.user_header is for the proxies"));
    EXPECT_TRUE(mistakes[2].starts_with("locks.timeout_min"));
}

TEST(Configuration, ExportsAndRulesAreNamedWhenTheyChange) {
    const auto exports = [](const std::string& more) { return "[[exports]]\npath = '/m'\nroot = '/srv/m'\n" + more; };
    const std::string rules = "[[rules]]\npath = '/m'\nusers = '*'\nallow = 'read'\n";
    auto running = parse_configuration(exports(""), "x").value();
    const auto wanted = parse_configuration(exports("homes = true\n") + rules, "x").value();
    for (const auto& taken : {std::vector<std::string>{"[[rules]]"}, std::vector<std::string>{}}) {
        const auto changes = take_over(wanted, running);
        EXPECT_EQ(changes.restart, std::vector<std::string>{"[[exports]]"});
        EXPECT_EQ(changes.taken, taken);
    }
    EXPECT_FALSE(running.exports.front().homes);
    EXPECT_EQ(running.rules, wanted.rules);
}

TEST(Configuration, NoKeyIsDeeperThanTheStack) {
    std::string deep = "a";
    for (int i = 0; i < 200000; ++i) deep += ".a";
    const auto refused = [](const std::string& text) {
        const auto read = parse_configuration(text, "x.toml");
        return !read && read.error().front().find("a key has more than") != std::string::npos;
    };
    EXPECT_TRUE(refused(deep + " = 1"));
    EXPECT_TRUE(refused("[" + deep + "]"));
    EXPECT_TRUE(refused("[log]\nlevel = { \"#\".b." + deep + " = 1 }"));
    EXPECT_TRUE(refused("[log]\nlevel = { x = '''a'''', " + deep + " = 1 }"));
    EXPECT_EQ(parse_configuration("[log]\n\n" + deep + " = 1", "x.toml").error(),
              Mistakes{"x.toml:3: a key has more than 8 dots"});
    EXPECT_FALSE(refused("# " + deep + "\n[log]\nfile = \"" + deep + "\"\nlevel = \"\"\"\n" + deep + "\"\"\""));
    EXPECT_TRUE(parse_configuration("[server]\ntrusted_proxies = [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\"]", "x"));
}

TEST(Configuration, ListeningBeyondLoopbackNeedsALoginOrReadOnly) {
    auto configuration = parse_configuration("[server]\nlisten = '0.0.0.0:80'\n", "x").value();
    EXPECT_FALSE(check(configuration).empty());
    configuration.tree.read_only = true;
    EXPECT_TRUE(check(configuration).empty());
}

TEST(Configuration, OriginsAreWebOriginsOrOneStar) {
    const auto origins = [](const std::string& list) { return parse_configuration("[cors]\norigins = " + list, "x"); };
    EXPECT_EQ(origins("['https://a.example:8443', 'app://b']")->server.cors.origins.size(), 2U);
    EXPECT_TRUE(origins("'*'"));
    EXPECT_TRUE(origins("[]"));
    for (const auto* list :
         {"['*', 'https://a']", "'https://a/'", "'null'", "'a'", "'https://'", "'https://a b'", "['']"})
        EXPECT_FALSE(origins(list)) << list;
    auto configuration = parse_configuration("[cors]\norigins = '*'\ncredentials = true", "x").value();
    EXPECT_FALSE(check(configuration).empty());
    configuration.server.cors.origins = {"https://a"};
    EXPECT_TRUE(check(configuration).empty());
}

TEST(Configuration, OwnLitterPatternsReplaceTheDefaults) {
    EXPECT_TRUE(parse_configuration("", "x")->litter.names().match("._x"));
    const auto own = parse_configuration("[litter]\npatterns = ['~$*']", "x")->litter.names();
    EXPECT_TRUE(own.match("~$x.docx"));
    EXPECT_FALSE(own.match("._x"));
}

TEST(Configuration, AnEmptyFileIsOne) {
    EXPECT_TRUE(read_configuration("/dev/null"));
    EXPECT_FALSE(read_configuration("/"));
    EXPECT_FALSE(read_configuration("/nonexistent"));
}

TEST(Configuration, TheExampleFileHasTheDefaults) {
    const auto example = read_configuration(std::string(DAVIT_TESTS_DIR) + "/../config/davit.toml");
    ASSERT_TRUE(example) << example.error().front();
    Configuration running;
    const auto changes = take_over(*example, running);
    EXPECT_EQ(changes.taken, std::vector<std::string>{});
    // Left out, both are empty lists that stand for what the example shows.
    EXPECT_EQ(changes.restart, (std::vector<std::string>{"litter.patterns", "server.listen"}));
}

TEST(Configuration, AJournalAndALogFileExcludeEachOther) {
    const auto both = parse_configuration("[log]\njournal = true\nfile = '/var/log/x'\n", "x").value();
    EXPECT_FALSE(check(both).empty());
}

TEST(TakeOver, LiveKeysAreAppliedAndOthersNeedARestart) {
    auto running = parse_configuration("[server]\nworkers = 4\n[limits]\nconnections = 5\n", "x").value();
    const auto wanted = parse_configuration(
                            "[server]\nworkers = 6\nlisten = '127.0.0.1:1'\nbase_path = '/dav'\n"
                            "[webdav]\ntrees = 'best-effort'\n",
                            "x")
                            .value();
    const auto changes = take_over(wanted, running);
    EXPECT_EQ(changes.taken, (std::vector<std::string>{"limits.connections", "server.base_path", "webdav.trees"}));
    EXPECT_EQ(changes.restart, (std::vector<std::string>{"server.listen", "server.workers"}));
    EXPECT_EQ(running.server.workers, 4U);
    EXPECT_TRUE(running.server.endpoints.empty());
    EXPECT_EQ(running.server.limits.connections, 10000U);  // the default again
    EXPECT_EQ(running.server.address.base_path, "/dav");
    EXPECT_EQ(running.policy.trees, plan::Atomicity::best_effort);
    EXPECT_EQ(take_over(wanted, running).taken, std::vector<std::string>{});
}

TEST(TakeOver, AnEqualValueInAnotherFormIsNoChange) {
    Configuration running;
    const auto wanted = parse_configuration("[limits]\nidle_timeout = '75s'\nheader_bytes = '65536B'\n", "x").value();
    const auto changes = take_over(wanted, running);
    EXPECT_TRUE(changes.taken.empty());
    EXPECT_TRUE(changes.restart.empty());
}

}  // namespace
}  // namespace davit::app

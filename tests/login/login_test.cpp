#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "davit/headers/base64.hpp"
#include "davit/headers/fields.hpp"
#include "davit/login/account_editor.hpp"
#include "davit/login/authenticator.hpp"
#include "davit/login/crypto.hpp"

namespace davit::login {
namespace {

using std::chrono::seconds;

class Files : public testing::Test {
protected:
    Files() {
        std::string name = (std::filesystem::temp_directory_path() / "davit-login-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        options_.files.users = folder_ / "users";
        write("users", "anna:" + sha_crypt + "\n");
    }
    ~Files() override { std::filesystem::remove_all(folder_); }

    void write(const char* name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
    std::string path(const char* name) const { return folder_ / name; }
    static Attempt basic(std::string_view authorization) {
        Attempt attempt;
        attempt.authorization = authorization;
        attempt.method = "GET";
        attempt.target = "/";
        attempt.address = "192.0.2.1";
        attempt.private_way = true;
        return attempt;
    }
    static std::string credentials(const std::string& text) { return "Basic " + headers::to_base64(text); }

    /// "secret" with few rounds.
    const std::string sha_crypt = "$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2";
    std::filesystem::path folder_;
    Options options_;
    std::vector<std::string> told_;
    std::function<void(const std::string&)> tell_ = [this](const std::string& line) { told_.push_back(line); };
};

TEST(Authorization, SplitsSchemeAndParametersAndRejectsMalformedOnes) {
    const auto basic = headers::parse_authorization(" Basic  YTpi ");
    ASSERT_TRUE(basic);
    EXPECT_EQ(basic->scheme, "Basic");
    EXPECT_EQ(basic->rest, "YTpi");
    EXPECT_FALSE(headers::parse_authorization("Basic"));
    EXPECT_FALSE(headers::parse_authorization(""));
    const auto digest =
        headers::parse_authorization_parameters(R"(username="a\"b,c", Realm="x y", nc=00000001 , qop=auth)");
    ASSERT_TRUE(digest);
    EXPECT_EQ(digest->at("username"), "a\"b,c");
    EXPECT_EQ(digest->at("realm"), "x y");
    EXPECT_EQ(digest->at("nc"), "00000001");
    for (const auto* bad : {"a", "a=", "a=\"x", "a=\"x\\", "a=1 b=2", "a=1,a=2", "=1"})
        EXPECT_FALSE(headers::parse_authorization_parameters(bad)) << bad;
}

TEST_F(Files, StrongHashesAreAcceptedAndWeakOnesRefused) {
    for (const auto* prefix : {"$2y$", "$2b$", "$5$", "$6$", "$y$"})
        EXPECT_TRUE(is_known_hash(std::string(prefix) + "x"));
    for (const auto* prefix : {"", "$1$x", "$apr1$x", "{SHA}x", "secret", "rl7nk3VJlVUVU"})
        EXPECT_FALSE(is_known_hash(prefix)) << prefix;
    EXPECT_TRUE(password_matches("secret", *hash_password("secret")));
    EXPECT_FALSE(password_matches("Secret", *hash_password("secret")));
    EXPECT_FALSE(password_matches(std::string("secret\0x", 8), *hash_password("secret")));
    EXPECT_FALSE(hash_password(""));
}

TEST_F(Files, MistakesInAFileAreReportedAndAdmitNoUser) {
    write("users", "# staff\nanna:" + sha_crypt + "\nbob:plain\n:x\nanna:" + sha_crypt + "\n");
    Authenticator authenticator(options_, tell_);
    ASSERT_EQ(told_.size(), 3U);
    EXPECT_NE(told_[0].find("users:3: the password of bob"), std::string::npos) << told_[0];
    EXPECT_NE(told_[2].find("twice"), std::string::npos) << told_[2];
    EXPECT_EQ(authenticator.decide(basic(credentials("bob:plain"))).refused->code, FailureCode::wrong_credentials);
}

TEST_F(Files, AGoodPasswordIsHashedOnceAndForgottenWhenTheFileChanges) {
    ASSERT_TRUE(set_password(options_.files.users, "anna", *hash_password("one")));
    Authenticator authenticator(options_, tell_);
    const auto good = credentials("anna:one");
    EXPECT_FALSE(authenticator.at_once(basic(good)));
    EXPECT_EQ(authenticator.decide(basic(good)).identity->name, "anna");
    ASSERT_TRUE(authenticator.at_once(basic(good)));
    EXPECT_EQ(authenticator.at_once(basic(good))->identity->name, "anna");
    ASSERT_TRUE(set_password(options_.files.users, "anna", *hash_password("two")));
    EXPECT_FALSE(authenticator.at_once(basic(good)));
    EXPECT_EQ(authenticator.decide(basic(good)).refused->code, FailureCode::wrong_credentials);
    EXPECT_EQ(authenticator.decide(basic(credentials("anna:two"))).identity->name, "anna");
}

TEST_F(Files, GuessingGetsSlowerButWhoIsInStaysIn) {
    ASSERT_TRUE(set_password(options_.files.users, "anna", *hash_password("one")));
    Authenticator authenticator(options_, tell_);
    const auto good = credentials("anna:one");
    ASSERT_TRUE(authenticator.decide(basic(good)).identity);
    for (unsigned i = 0; i < Backoff::for_address.free_failures; ++i)
        EXPECT_EQ(authenticator.decide(basic(credentials("anna:" + std::to_string(i)))).refused->code,
                  FailureCode::wrong_credentials);
    const auto held = authenticator.decide(basic(credentials("anna:9")));
    EXPECT_EQ(held.refused->code, FailureCode::too_many_requests);
    EXPECT_GT(held.refused->retry_after, seconds(0));
    EXPECT_TRUE(authenticator.at_once(basic(good))->identity);
}

TEST_F(Files, GuessesFromManyAddressesHoldUpStrangersButNotTheOwner) {
    Authenticator authenticator(options_, tell_);
    const auto good = credentials("anna:secret");
    const auto from = [&](const std::string& address, std::string_view authorization) {
        auto attempt = basic(authorization);
        attempt.address = address;
        return authenticator.decide(attempt);
    };
    ASSERT_TRUE(from("192.0.2.1", good).identity);
    ASSERT_TRUE(from("192.0.2.2", good).identity) << "a login that is remembered counts for its address too";
    for (unsigned i = 0; i < Backoff::for_account.free_failures; ++i)
        EXPECT_EQ(from("198.51.100." + std::to_string(i), credentials("anna:x" + std::to_string(i))).refused->code,
                  FailureCode::wrong_credentials);
    const auto guess = credentials("anna:y");
    const auto stranger = from("203.0.113.1", guess);
    EXPECT_EQ(stranger.refused->code, FailureCode::too_many_requests);
    EXPECT_GT(stranger.refused->retry_after, seconds(0));
    EXPECT_EQ(from("203.0.113.2", credentials("zoe:y")).refused->code, FailureCode::wrong_credentials);
    for (const auto* address : {"192.0.2.1", "192.0.2.2"})
        EXPECT_EQ(from(address, guess).refused->code, FailureCode::wrong_credentials) << "is looked at";
    EXPECT_TRUE(from("203.0.113.3", good).identity) << "whoever is remembered is in everywhere";
}

TEST_F(Files, ANewAccountDoesNotMakeOthersPasswordsBeHashedAgain) {
    ASSERT_TRUE(set_password(options_.files.users, "anna", *hash_password("one")));
    options_.files.groups = path("groups");
    Authenticator authenticator(options_, tell_);
    const auto good = credentials("anna:one");
    ASSERT_TRUE(authenticator.decide(basic(good)).identity);
    ASSERT_TRUE(set_password(options_.files.users, "zoe", *hash_password("two")));
    ASSERT_TRUE(set_groups(options_.files.groups, "anna", {"staff"}));
    const auto verdict = authenticator.at_once(basic(good));
    ASSERT_TRUE(verdict && verdict->identity);
    EXPECT_EQ(verdict->identity->groups, std::vector<std::string>{"staff"});
    ASSERT_TRUE(remove_lines(options_.files.users, "anna"));
    EXPECT_FALSE(authenticator.at_once(basic(good)));
}

TEST_F(Files, NoPasswordOverAWayOthersReadUnlessToldSo) {
    Authenticator authenticator(options_, tell_);
    auto open = basic("");
    open.private_way = false;
    EXPECT_EQ(authenticator.decide(open).refused->code, FailureCode::insecure_login);
    EXPECT_TRUE(authenticator.challenges(false, false).empty());
    EXPECT_EQ(authenticator.challenges(true, false).size(), 1U);
    const auto good = credentials("anna:secret");
    open.authorization = good;
    EXPECT_EQ(authenticator.decide(open).refused->code, FailureCode::insecure_login);
}

TEST_F(Files, AProxysUserHasTheGroupsOfBoth) {
    options_.user_header = "X-Remote-User";
    options_.files.groups = path("groups");
    write("groups", "staff: zoe anna\nboard: anna\n");
    Authenticator authenticator(options_, tell_);
    auto attempt = basic("");
    attempt.user = "zoe";
    attempt.groups = "guests, night";
    const auto verdict = authenticator.at_once(attempt);
    ASSERT_TRUE(verdict && verdict->identity);
    EXPECT_EQ(verdict->identity->groups, (std::vector<std::string>{"guests", "night", "staff"}));
    const std::string long_name(256, 'x');
    attempt.user = long_name;
    EXPECT_EQ(authenticator.at_once(attempt)->refused->code, FailureCode::user_name_too_long);
}

TEST_F(Files, DigestAcceptsEachNonceAndCountOnce) {
    options_.files.digest = path("digest");
    ASSERT_TRUE(set_digest(options_.files.digest, "anna", "Davit", "secret"));
    Authenticator authenticator(options_, tell_);
    const auto ways = authenticator.challenges(false, false);
    ASSERT_EQ(ways.size(), 2U);  // no Basic over an open way
    EXPECT_NE(ways[0].find("SHA-256"), std::string::npos);
    const auto nonce = headers::parse_authorization_parameters(ways[1].substr(7))->at("nonce");
    const auto answer = [&](const std::string& password, const std::string& nc, const std::string& uri = "/") {
        const auto secret = hex_digest("MD5", "anna:Davit:" + password);
        const auto response =
            hex_digest("MD5", secret + ":" + nonce + ":" + nc + ":c:auth:" + hex_digest("MD5", "GET:" + uri));
        const auto text = "Digest username=\"anna\", realm=\"Davit\", nonce=\"" + nonce + "\", uri=\"" + uri +
                          "\", qop=auth, nc=" + nc + ", cnonce=\"c\", response=\"" + response + "\"";
        auto attempt = basic(text);
        attempt.private_way = false;
        return authenticator.decide(attempt);
    };
    EXPECT_EQ(answer("secret", "00000002").identity->name, "anna");
    EXPECT_EQ(answer("secret", "00000001").identity->name, "anna");  // overtaken
    EXPECT_TRUE(answer("secret", "00000002").stale);                 // repeated
    EXPECT_EQ(answer("wrong", "00000003").refused->code, FailureCode::wrong_credentials);
    EXPECT_EQ(answer("secret", "00000004", "/other").refused->code, FailureCode::bad_header);
}

class DigestNonces : public Files {
protected:
    DigestNonces() {
        options_.files.digest = path("digest");
        for (const auto* name : {"anna", "zoe"})
            if (!set_digest(options_.files.digest, name, "Davit", "secret")) ADD_FAILURE();
        std::vector<std::string> mistakes;
        accounts_ = Accounts::read(options_.files, mistakes);
    }
    std::string fresh() const {
        return headers::parse_authorization_parameters(login_.challenge(false, false).substr(7))->at("nonce");
    }
    DigestLogin::Answer answer(const std::string& user, const std::string& nonce, const std::string& nc) {
        const auto response = hex_digest("MD5", hex_digest("MD5", user + ":Davit:secret") + ":" + nonce + ":" + nc +
                                                    ":c:auth:" + hex_digest("MD5", "GET:/"));
        const DigestLogin::Parameters given{{"username", user},    {"nonce", nonce}, {"uri", "/"},
                                            {"qop", "auth"},       {"nc", nc},       {"cnonce", "c"},
                                            {"response", response}};
        return login_.check(given, "GET", {"", "/"}, *accounts_).answer;
    }
    DigestLogin login_{"Davit"};
    std::shared_ptr<const Accounts> accounts_;
};

TEST_F(DigestNonces, OfOneUserNeverPushOutAnothers) {
    using Answer = DigestLogin::Answer;
    const auto annas = fresh();
    const auto issued_before = fresh();
    ASSERT_EQ(answer("anna", annas, "00000001"), Answer::right);
    const auto zoes_first = fresh();
    ASSERT_EQ(answer("zoe", zoes_first, "00000001"), Answer::right);
    for (int i = 0; i < 12000; ++i) ASSERT_EQ(answer("zoe", fresh(), "00000001"), Answer::right) << i;
    EXPECT_EQ(answer("anna", annas, "00000002"), Answer::right);
    EXPECT_EQ(answer("anna", fresh(), "00000001"), Answer::right);
    EXPECT_EQ(answer("anna", issued_before, "00000001"), Answer::right);
    // What was evicted is stale, not new: it could be a repetition of what was overheard.
    EXPECT_EQ(answer("zoe", zoes_first, "00000001"), Answer::stale);
    EXPECT_EQ(answer("zoe", zoes_first, "00000002"), Answer::stale);
    EXPECT_EQ(answer("zoe", fresh(), "00000001"), Answer::right);
}

TEST_F(DigestNonces, CountForEachUserByThemselves) {
    const auto nonce = fresh();
    EXPECT_EQ(answer("anna", nonce, "00000001"), DigestLogin::Answer::right);
    EXPECT_EQ(answer("zoe", nonce, "00000001"), DigestLogin::Answer::right);
    EXPECT_EQ(answer("anna", nonce, "00000001"), DigestLogin::Answer::stale);
}

TEST_F(Files, EditingAnAccountKeepsAllOtherLines) {
    write("users", "# kept\nbob:" + sha_crypt + "\n");
    ASSERT_EQ(set_password(options_.files.users, "anna", "$y$x"), true);
    ASSERT_EQ(set_password(options_.files.users, "anna", "$y$z"), false);
    EXPECT_EQ(user_names(options_.files.users), (std::vector<std::string>{"bob", "anna"}));
    ASSERT_TRUE(set_groups(path("groups"), "anna", {"staff", "board"}));
    ASSERT_TRUE(set_groups(path("groups"), "bob", {"staff"}));
    ASSERT_TRUE(set_groups(path("groups"), "anna", {"board"}));
    std::stringstream groups;
    groups << std::ifstream(path("groups")).rdbuf();
    EXPECT_EQ(groups.str(), "staff: bob\nboard: anna\n");
    EXPECT_EQ(remove_lines(options_.files.users, "bob"), true);
    EXPECT_EQ(remove_lines(options_.files.users, "bob"), false);
    EXPECT_EQ(remove_lines(options_.files.users, "ann"), false);
    for (const auto* bad : {"", "a b", "a:b", "a/b", "@x", "*", "anonymous", ".."}) EXPECT_NE(check_user_name(bad), "");
    EXPECT_EQ(check_user_name("anna@example.com"), "");
}

}  // namespace
}  // namespace davit::login

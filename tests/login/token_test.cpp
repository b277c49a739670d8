#include <gtest/gtest.h>

#include "davit/headers/base64.hpp"
#include "davit/login/bearer.hpp"
#include "davit/login/signed_token.hpp"

namespace davit::login {
namespace {

using std::chrono::sys_seconds;

/// The examples of RFC 7515, A.3, and RFC 8037, A.
const std::string curve_key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
const std::string curve_token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string edwards_key = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
const std::string edwards_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string url64(std::string_view bytes) {
    auto text = headers::to_base64(bytes);
    text.erase(std::min(text.find('='), text.size()));
    for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

std::vector<std::string> mistakes_in(const std::string& set) {
    std::vector<std::string> mistakes;
    (void)KeySet::read(set, mistakes);
    return mistakes;
}

bool verifies(const std::string& key, const std::string& token) {
    std::vector<std::string> mistakes;
    const auto keys = KeySet::read("{\"keys\":[" + key + "]}", mistakes);
    const auto parsed = parse_signed_token(token);
    return parsed && keys.verify(*parsed);
}

TEST(Base64Url, HasOneSpellingForEachSequenceOfBytes) {
    EXPECT_EQ(headers::from_base64url(""), "");
    EXPECT_EQ(headers::from_base64url("-_8"), "\xFB\xFF");
    for (const auto* bad : {"A", "AAAAA", "AA==", "AA=", "A+A", "A/A", "A A", "AB", "AAB", "AA\n", "m=", "="})
        EXPECT_FALSE(headers::from_base64url(bad)) << bad;
    EXPECT_FALSE(headers::from_base64url(std::string_view("AA\0A", 4)));
}

TEST(SignedToken, IsThreePartsOfBase64UrlWithAJsonHeader) {
    const auto head = url64(R"({"alg":"RS256","kid":"one"})");
    const auto token = head + "." + url64("{}") + "." + url64("signature");
    const auto parsed = parse_signed_token(token);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(parsed->algorithm, "RS256");
    EXPECT_EQ(parsed->key_id, "one");
    EXPECT_EQ(parsed->signed_text, token.substr(0, token.rfind('.')));
    EXPECT_EQ(parsed->claims, "{}");
    EXPECT_EQ(parsed->signature, "signature");
    EXPECT_TRUE(parse_signed_token(head + ".e30.")) << "an empty signature is a signature that is wrong";
    const auto with_header = [](const std::string& json) { return url64(json) + ".e30.AAAA"; };
    for (const auto& bad : {std::string(),
                            std::string("m=.."),
                            std::string(".."),
                            std::string("."),
                            std::string("..."),
                            head,
                            head + ".e30",
                            head + "..AAAA",
                            head + ".e30.AAAA.",
                            head + ".e30.AAAA.AAAA.AAAA",
                            head + "=.e30.AAAA",
                            head + ".e30=.AAAA",
                            head + ".e30.AAAA=",
                            head + ".e3A.A",
                            head + ".e30AA.AAAA",
                            "A" + head + ".e30.AAAA",
                            " " + head + ".e30.AAAA",
                            head + ".e30.AA\nA",
                            std::string("AAAA.e30.AAAA"),
                            with_header("[]"),
                            with_header("{}"),
                            with_header("null"),
                            with_header(R"({"alg":1})"),
                            with_header(R"({"alg":""})"),
                            with_header(R"({"alg":["none"]})"),
                            with_header(R"({"alg":"RS256","kid":1})"),
                            with_header(R"({"alg":"RS256","crit":[]})"),
                            with_header(R"({"alg":"RS256","crit":null})"),
                            with_header("{\"alg\":\"RS256\",\"x\":\"\xFF\"}"),
                            with_header(R"({"alg":"RS256"}x)"),
                            with_header("{\"alg\":\"RS256\",\"x\":\"" + std::string(longest_token_header, 'x') + "\"}"),
                            with_header("{\"alg\":\"RS256\",\"x\":" + std::string(deepest_token_json, '[') +
                                        std::string(deepest_token_json, ']') + "}"),
                            head + "." + std::string(longest_token, 'A') + ".AAAA"})
        EXPECT_FALSE(parse_signed_token(bad)) << bad.substr(0, 80);
}

TEST(KeySet, VerifiesTheExamplesOfTheRfcs) {
    EXPECT_TRUE(verifies(curve_key + "}", curve_token));
    EXPECT_TRUE(verifies(curve_key + R"(,"alg":"ES256","use":"sig"})", curve_token));
    EXPECT_TRUE(verifies(edwards_key + "}", edwards_token));
    EXPECT_FALSE(verifies(edwards_key + "}", curve_token));
    EXPECT_FALSE(verifies(curve_key + "}", edwards_token));
    EXPECT_FALSE(verifies(curve_key + R"(,"use":"enc"})", curve_token));
    EXPECT_FALSE(verifies(curve_key + R"(,"key_ops":["sign"]})", curve_token));
    EXPECT_FALSE(verifies(curve_key + R"(,"alg":"ES384"})", curve_token));
}

TEST(KeySet, AChangedSignatureNeverVerifies) {
    const auto dot = curve_token.rfind('.') + 1;
    const auto signature = *headers::from_base64url(std::string_view(curve_token).substr(dot));
    const auto with = [&](const std::string& bytes) { return curve_token.substr(0, dot) + url64(bytes); };
    ASSERT_TRUE(verifies(curve_key + "}", with(signature)));
    for (const auto& bad :
         {std::string(), std::string(64, '\0'), std::string(64, '\xFF'), signature.substr(1), signature + '\0',
          '\0' + signature, signature.substr(0, 32), signature.substr(32) + signature.substr(0, 32)})
        EXPECT_FALSE(verifies(curve_key + "}", with(bad))) << bad.size();
}

TEST(KeySet, NamesEachKeyThatCannotBeUsedAndWhy) {
    const std::string modulus = url64("\x80" + std::string(254, 'x') + "\x01");
    const auto rsa = [](const std::string& n, const std::string& e) {
        return R"({"kty":"RSA","kid":"r","n":")" + n + R"(","e":")" + e + "\"}";
    };
    const auto only = [](const std::string& key) { return mistakes_in("{\"keys\":[" + key + "]}"); };
    EXPECT_TRUE(only(rsa(modulus, "AQAB")).empty()) << only(rsa(modulus, "AQAB"))[0];
    EXPECT_TRUE(only(rsa("AAAA" + modulus, "AQAB")).empty()) << "zeros in front count for nothing";
    EXPECT_TRUE(only(edwards_key + "}").empty());
    const std::string point = R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":")";
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"1", "key number 1 is no JSON object"},
        {"{}", "the kind (kty) \"\""},
        {R"({"kty":"oct","k":"AAAA","kid":"s"})", "key \"s\" is a shared secret"},
        {R"({"kty":"XYZ","kid":"x"})", "the kind (kty) \"XYZ\""},
        {rsa("", "AQAB"), "no modulus"},
        {rsa("m=", "AQAB"), "no modulus"},
        {rsa("AAAAA", "AQAB"), "no modulus"},
        {rsa("AQAB", "AQAB"), "17 bits"},
        {rsa(url64(std::string(2049, '\xFF')), "AQAB"), "16392 bits"},
        {rsa(url64("\x80" + std::string(255, '\0')), "AQAB"), "even"},
        {rsa(modulus, ""), "exponent"},
        {rsa(modulus, "AQ"), "exponent"},
        {rsa(modulus, "Ag"), "exponent"},
        {rsa(modulus, url64(std::string(9, '\xFF'))), "exponent"},
        {R"({"kty":"EC","crv":"secp256k1",)" + point + R"(AAAA"})", "P-256, P-384 and P-521"},
        {R"({"kty":"OKP","crv":"X25519","x":"AAAA"})", "Ed25519 and Ed448"},
        {R"({"kty":"OKP","crv":"P-256","x":"AAAA"})", "Ed25519 and Ed448"},
        {R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})", "32 bytes"},
        {R"({"kty":"EC","crv":"P-256",)" + point + R"(AAAA"})", "32 bytes"},
        {R"({"kty":"EC","crv":"P-384",)" + point + R"(AAAA"})", "48 bytes"},
        {R"({"kty":"EC","crv":"P-256",)" + point + R"(f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
         "makes no sense"},
        {curve_key + R"(,"alg":"RS256"})", "is for \"RS256\""},
        {curve_key + R"(,"alg":"ES512"})", "is for \"ES512\""},
        {curve_key + R"(,"alg":1})", "is for \"\""},
    };
    for (const auto& [key, sentence] : wrong) {
        const auto mistakes = only(key);
        ASSERT_EQ(mistakes.size(), 2U) << key;
        EXPECT_NE(mistakes[0].find(sentence), std::string::npos) << key << ": " << mistakes[0];
        EXPECT_TRUE(mistakes[0].ends_with("; it is not used")) << mistakes[0];
        EXPECT_NE(mistakes[1].find("no public key for signatures"), std::string::npos);
    }
    for (const auto& bad : {std::string(), std::string("{}"), std::string("[]"), std::string("{\"keys\":{}}"),
                            "{\"keys\":" + std::string(100000, '['), std::string(2000000, ' ')})
        EXPECT_EQ(mistakes_in(bad).size(), 1U) << bad.substr(0, 20);
}

TEST(Claims, AGoodSignatureDoesNotExcuseInvalidClaims) {
    const sys_seconds now{std::chrono::seconds(1000)};
    const BearerOptions any;
    const auto holder = BearerLogin::holder_of(R"({"sub":"anna","exp":1500,"groups":["a",1,"b"]})", any, now);
    ASSERT_TRUE(holder) << holder.error();
    EXPECT_EQ(holder->user, "anna");
    EXPECT_EQ(holder->groups, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(holder->left, std::chrono::seconds(560));
    for (const auto& bad :
         {std::string("{}"), std::string("[]"), std::string("null"), std::string(R"({"sub":"anna"})"),
          std::string(R"({"sub":"","exp":1500})"), std::string(R"({"sub":1,"exp":1500})"),
          std::string(R"({"sub":"anna","exp":900})"), std::string(R"({"sub":"anna","exp":1e400})"),
          std::string(R"({"sub":"anna","exp":"1500"})"), R"({"exp":1500,"sub":")" + std::string(256, 'x') + "\"}",
          R"({"sub":"anna","exp":1500,"x":)" + std::string(100000, '[') + "}"})
        EXPECT_FALSE(BearerLogin::holder_of(bad, any, now)) << bad.substr(0, 60);
}

}  // namespace
}  // namespace davit::login

// What a stranger says to get in: the field Authorization, the parts of a token, and the file of keys that tokens are
// verified with. Nobody gets in by chance.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "davit/login/account_editor.hpp"
#include "davit/login/authenticator.hpp"
#include "davit/login/crypto.hpp"

namespace {

using namespace davit::login;

void check(bool holds) {
    if (!holds) std::abort();
}

struct Gate {
    Gate() {
        std::string name = "/tmp/davit-fuzz-XXXXXX";
        const std::string folder = ::mkdtemp(name.data());
        options.files.users = folder + "/users";
        options.files.digest = folder + "/digest";
        options.bearer.keys = folder + "/keys";
        // As quick as crypt(3) can be: what is fuzzed is not the hash.
        std::ofstream(options.files.users)
            << "anna:$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2\n";
        check(set_digest(options.files.digest, "anna", "Davit", "secret").has_value());
        std::ofstream(options.bearer.keys) << R"({"keys":[{"kty":"OKP","crv":"Ed25519",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"EC","crv":"P-256",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
        authenticator.emplace(options, [](const std::string&) {});
    }
    Options options;
    std::optional<Authenticator> authenticator;
    std::size_t asked = 0;
};

void try_to_get_in(std::string_view text) {
    static Gate gate;
    // Each from another network, or the first guesses would keep all others out.
    const auto number = ++gate.asked;
    const auto address = "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) + "." +
                         std::to_string(number & 255);
    Attempt attempt;
    attempt.authorization = text;
    attempt.method = "GET";
    attempt.target = "/";
    attempt.address = address;
    attempt.private_way = true;
    const auto at_once = gate.authenticator->at_once(attempt);
    const auto verdict = at_once ? *at_once : gate.authenticator->decide(attempt);
    check(verdict.refused || (verdict.identity && verdict.identity->name == "anna"));
}

void check_digest(std::string_view text) {
    static DigestLogin login("Davit");
    static const auto accounts = [] {
        std::vector<std::string> mistakes;
        return Accounts::read({}, mistakes);
    }();
    const auto given = davit::headers::parse_authorization_parameters(text);
    if (!given) return;
    (void)login.in_use(*given);
    check(login.check(*given, "GET", {"/dav", "/x"}, *accounts).answer != DigestLogin::Answer::right);
    // With a nonce of ours the answer is looked at.
    auto fresh = *given;
    fresh["nonce"] =
        davit::headers::parse_authorization_parameters(login.challenge(false, false).substr(7))->at("nonce");
    check(login.check(fresh, "GET", {"/dav", "/x"}, *accounts).answer != DigestLogin::Answer::right);
}

void check_token(std::string_view text) {
    if (const auto token = parse_signed_token(text)) {
        check(!token->algorithm.empty() && !token->claims.empty());
        check(text.starts_with(token->signed_text) && text[token->signed_text.size()] == '.');
    }
    std::vector<std::string> mistakes;
    const auto keys = KeySet::read(text, mistakes);
    check(!keys.empty() || !mistakes.empty());
    if (!keys.empty())
        for (const auto* algorithm : {"RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "none"})
            for (const auto length : {0, 64, 96, 114, 132, 256})
                check(!keys.verify({algorithm, "", "a.b", std::string(static_cast<std::size_t>(length), 'x'), "{}"}));
    const auto holder = BearerLogin::holder_of(text, {}, std::chrono::sys_seconds(std::chrono::seconds(1000)));
    check(!holder || (!holder->user.empty() && holder->left.count() >= 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try_to_get_in(text);
    check_digest(text);
    check_token(text);
    return 0;
}

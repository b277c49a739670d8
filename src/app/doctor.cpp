#include "davit/app/doctor.hpp"

#include <array>
#include <optional>
#include <random>

#include "davit/headers/base64.hpp"
#include "doctor_walk.hpp"

namespace davit::app {
namespace {

std::string new_name() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string name = "davit-doctor-";
    for (int i = 0; i < 8; ++i) name += digits[random() % digits.size()];
    return name;
}

struct Check {
    const char* name;
    void (*made)(Walk&);
};
constexpr std::array always{Check{"answers", check_answers}, Check{"methods", check_methods}};
constexpr std::array inside{
    Check{"addresses", check_addresses}, Check{"slashes", check_slashes}, Check{"bodies", check_bodies},
    Check{"streaming", check_streaming}, Check{"content", check_content}, Check{"etags", check_etags},
    Check{"names", check_names},         Check{"move", check_move},       Check{"conditions", check_conditions},
    Check{"locks", check_locks},         Check{"clock", check_clock},
};

void make(Walk& walk, const auto& checks) {
    for (const auto& check : checks) {
        walk.begin(check.name);
        check.made(walk);
    }
}

void clean_up(Walk& walk) {
    walk.begin("clean-up");
    Fields fields;
    if (!walk.held.empty()) fields.emplace_back("If", "<" + walk.path("locked") + "> (" + walk.held + ")");
    const auto answer = walk.ask("DELETE", "", std::move(fields));
    if (!is_success(answer)) walk.refused("DELETE of " + walk.path(), answer);
}

/// The error: nobody answers.
std::expected<void, std::string> walk_through(Walk& walk, const DoctorOrder& order) {
    if (walk.target().server.tls) {
        const auto certificate = http::look_at_certificate(walk.target().server);
        if (!certificate) return std::unexpected(certificate.error());
        walk.begin("certificate");
        if (!check_certificate(walk, *certificate)) return {};
    }
    if (const auto first = walk.ask_path("OPTIONS", walk.target().path); first.status == 0)
        return std::unexpected(first.body);
    if (!order.user.empty()) {
        walk.begin("login");
        if (!check_login(walk)) return {};
    }
    walk.begin("collection");
    const bool made = check_collection(walk);
    make(walk, always);
    if (!made) {
        walk.ask("DELETE", "");  // a proxy that gave up does not mean that nothing happened
        return {};
    }
    make(walk, inside);
    if (order.large) {
        walk.begin("large");
        check_large(walk);
    }
    if (!order.origin.empty()) {
        walk.begin("browsers");
        check_browsers(walk, order.origin);
    }
    clean_up(walk);
    return {};
}

}  // namespace

std::expected<DoctorTarget, std::string> parse_target(std::string_view url) {
    constexpr std::string_view plain = "http://";
    constexpr std::string_view secure = "https://";
    const bool tls = url.starts_with(secure);
    if (!tls && !url.starts_with(plain))
        return std::unexpected("a URL such as https://dav.example.com/ or http://127.0.0.1:8080/ is needed");
    url.remove_prefix(tls ? secure.size() : plain.size());
    const auto slash = url.find('/');
    const auto authority = url.substr(0, slash);
    auto path = slash == url.npos ? std::string("/") : std::string(url.substr(slash));
    if (authority.find('@') != authority.npos)
        return std::unexpected(
            "a password in a URL is seen by everybody who sees the command: say --user NAME, and the password in "
            "DAVIT_PASSWORD or by --password-file");
    if (authority.empty() || authority.find(' ') != authority.npos || path.find_first_of("?# ") != std::string::npos)
        return std::unexpected("a URL with a host and a path, without query, fragment or blank is needed");
    if (!path.ends_with('/')) path += '/';
    return DoctorTarget{{std::string(authority), tls, false, {}}, std::move(path)};
}

std::expected<Diagnosis, std::string> diagnose(const DoctorOrder& order) {
    auto target = parse_target(order.url);
    if (!target) return std::unexpected(target.error());
    target->server.insecure = order.insecure;
    if (!order.user.empty())
        target->server.authorization = "Basic " + headers::to_base64(order.user + ":" + order.password);
    std::optional<DoctorTarget> management;
    if (!order.management.empty()) {
        auto parsed = parse_target(order.management);
        if (!parsed) return std::unexpected(order.management + ": " + parsed.error());
        management = std::move(*parsed);
    }
    Walk walk(std::move(*target), new_name());
    if (const auto there = walk_through(walk, order); !there) return std::unexpected(there.error());
    if (management) {
        walk.begin("health");
        check_health(walk, *management);
    }
    return walk.finish(order.url);
}

}  // namespace davit::app

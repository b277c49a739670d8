#include "davit/app/doctor.hpp"

#include <array>
#include <random>

#include "doctor_walk.hpp"

namespace davit::app {
namespace {

std::expected<DoctorTarget, std::string> parse_target(std::string_view url) {
    constexpr std::string_view plain = "http://";
    if (url.starts_with("https://"))
        return std::unexpected(
            "the doctor speaks plain HTTP only: give it an address inside of what ends TLS, a proxy's or Davit's own "
            "(server.listen beside tls.listen)");
    if (!url.starts_with(plain)) return std::unexpected("a URL such as http://127.0.0.1:8080/ is needed");
    url.remove_prefix(plain.size());
    const auto slash = url.find('/');
    const auto authority = url.substr(0, slash);
    auto path = slash == url.npos ? std::string("/") : std::string(url.substr(slash));
    if (authority.empty() || authority.find_first_of("@ ") != authority.npos ||
        path.find_first_of("?# ") != std::string::npos)
        return std::unexpected("a URL with a host and a path, without user, query, fragment or blank is needed");
    if (!path.ends_with('/')) path += '/';
    return DoctorTarget{std::string(authority), std::move(path)};
}

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

}  // namespace

std::expected<Diagnosis, std::string> diagnose(const std::string& url) {
    auto target = parse_target(url);
    if (!target) return std::unexpected(target.error());
    Walk walk(std::move(*target), new_name());
    if (const auto first = walk.ask_path("OPTIONS", walk.target().path); first.status == 0)
        return std::unexpected(first.body);
    walk.begin("collection");
    const bool made = check_collection(walk);
    make(walk, always);
    if (made) {
        make(walk, inside);
        clean_up(walk);
    }
    return walk.finish(url);
}

}  // namespace davit::app

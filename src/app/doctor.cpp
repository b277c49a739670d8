#include "davit/app/doctor.hpp"

#include <array>
#include <optional>
#include <random>

#include "davit/headers/authority.hpp"
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

/// The error: no web server answers. Names the program that listens instead, if its response reveals it.
std::unexpected<std::string> no_answer(const DoctorTarget& target, const std::string& error,
                                       std::chrono::seconds patience = std::chrono::seconds(3)) {
    if (error.starts_with("no connection")) return std::unexpected(error);
    const auto other = http::other_protocol_at(target.server, patience);
    if (other.empty()) return std::unexpected(error);
    if (other == "TLS")
        return std::unexpected(error + ": " + target.server.authority + " speaks TLS, ask for https://" +
                               target.server.authority + target.path);
    return std::unexpected(error + ": " + target.server.authority + " speaks " + other +
                           ", so this is no address of a WebDAV server; look for its host and port");
}

/// The error: the port does not speak TLS.
std::unexpected<std::string> no_tls(const DoctorTarget& target, const std::string& error) {
    auto plain = target.server;
    plain.tls = false;
    if (!error.starts_with("no TLS")) return no_answer(target, error);
    // The failed handshake may have taken 3 s already.
    if (!http::probe(plain, {.method = "OPTIONS", .target = target.path, .patience = std::chrono::seconds(2)}))
        return no_answer(target, error, std::chrono::seconds(1));
    return std::unexpected(error + ": this port answers plain HTTP, ask for http://" + plain.authority + target.path);
}

void find_no_webdav(Walk& walk, const Answer& options) {
    walk.begin("collection");
    walk.found(walk.proxy(),
               "OPTIONS of " + walk.target().path + " was answered " + std::to_string(options.status) +
                   " without a DAV header: no WebDAV server answers at this address.",
               "ask for the address that clients use, and look which program listens there");
}

/// All checks of Davit, or of the server in its place.
void walk_to_davit(Walk& walk, const DoctorOrder& order) {
    if (!order.user.empty()) {
        walk.begin("login");
        if (!check_login(walk)) return;
    }
    walk.begin("collection");
    const bool made = check_collection(walk);
    make(walk, always);
    if (!made) {
        walk.ask("DELETE", "");  // a proxy's timeout does not mean that the server did nothing
        return;
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
}

/// The error: no server answers.
std::expected<void, std::string> walk_through(Walk& walk, const DoctorOrder& order) {
    if (walk.target().server.tls) {
        const auto certificate = http::look_at_certificate(walk.target().server);
        if (!certificate) return no_tls(walk.target(), certificate.error());
        walk.begin("certificate");
        if (!check_certificate(walk, *certificate)) return {};
    }
    const auto first = walk.ask_path("OPTIONS", walk.target().path);
    if (const auto instead = tls_instead(first, walk.target()); !instead.empty()) {
        walk.begin("address");
        walk.found(walk.proxy(), "There is TLS at this port" + (first.status == 0 ? "." : ": " + said_in(first)),
                   "ask for " + instead);
        return {};
    }
    if (first.status == 0) return no_answer(walk.target(), first.body);
    const auto seen = recognise(walk, first);
    if (seen == Seen::another)
        judge_foreign(walk, first);
    else if (seen == Seen::no_webdav)
        find_no_webdav(walk, first);
    else
        walk_to_davit(walk, order);
    return {};
}

std::string not_a_url(std::string_view text) {
    constexpr std::string_view needed = "a URL such as https://dav.example.com/ or http://127.0.0.1:8080/ is needed";
    const bool host = !text.empty() && text.find("://") == text.npos && !text.starts_with('/');
    return std::string(needed) + (host ? ": did you mean http://" + std::string(text) + "?" : "");
}

}  // namespace

std::expected<DoctorTarget, std::string> parse_target(std::string_view url) {
    constexpr std::string_view plain = "http://";
    constexpr std::string_view secure = "https://";
    const bool tls = url.starts_with(secure);
    if (!tls && !url.starts_with(plain)) return std::unexpected(not_a_url(url));
    url.remove_prefix(tls ? secure.size() : plain.size());
    const auto slash = url.find('/');
    const auto authority = url.substr(0, slash);
    auto path = slash == url.npos ? std::string("/") : std::string(url.substr(slash));
    if (authority.find('@') != authority.npos)
        return std::unexpected(
            "everyone who sees the command sees a password in a URL: use --user NAME, and the password in "
            "DAVIT_PASSWORD or by --password-file");
    if (authority.empty() || authority.find(' ') != authority.npos || path.find_first_of("?# ") != std::string::npos)
        return std::unexpected("a URL with a host and a path, without query, fragment or blank is needed");
    if (!headers::split_authority(authority))
        return std::unexpected("the port is no number from 1 to 65535, or an IPv6 address has no brackets");
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

// Checks that requests and responses arrive under the addresses that clients use.
#include <algorithm>

#include "davit/core/http_date.hpp"
#include "doctor_walk.hpp"

namespace davit::app {
namespace {

constexpr const char* propfind =
    R"(<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getlastmodified/></prop></propfind>)";

std::string prefix_of(const Walk& walk) {
    const auto& path = walk.target().path;
    return path.substr(0, path.size() - 1);
}

std::string stripped_remedy(const std::string& prefix) {
    return "nginx: proxy_pass without a path or slash behind the host, and Davit: server.base_path = \"" + prefix +
           "\"; or keep stripping and add server.base_path_stripped = true";
}

void compare_clock(Walk& walk, const std::string& whose, const std::string& date) {
    constexpr std::chrono::seconds bearable{60};
    const auto said = parse_http_date(date);
    if (!said) return;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto apart = now > *said ? now - *said : *said - now;
    if (apart > bearable)
        walk.found(whose,
                   "The clock of " + whose + " and the one here are " + std::to_string(apart.count()) + " s apart.",
                   "let chrony or systemd-timesyncd set both");
}

void check_href(Walk& walk, const std::string& href) {
    const auto expected = walk.path();
    if (href == expected) return;
    if (href.find("://") != std::string::npos) {
        walk.found(walk.proxy(), "A listing of " + expected + " calls it " + href + ", where Davit writes a path.",
                   "nginx: take away what rewrites bodies (sub_filter)");
    } else if (expected.ends_with(href)) {
        const auto lost = expected.substr(0, expected.size() - href.size());
        walk.found("Davit",
                   "A listing of " + expected + " calls it " + href + ": the proxy takes " + lost +
                       " off, and Davit does not know of it.",
                   stripped_remedy(lost));
    } else if (href.ends_with(expected)) {
        walk.found("Davit", "A listing of " + expected + " calls it " + href + ".",
                   "Davit: take away server.base_path, which clients do not use");
    } else {
        walk.found(walk.proxy(), "A listing of " + expected + " calls it " + (href.empty() ? "nothing" : href) + ".",
                   "take away what rewrites bodies (sub_filter) or paths (rewrite)");
    }
}

}  // namespace

bool check_collection(Walk& walk) {
    const auto answer = walk.ask("MKCOL", "");
    if (answer.status == 201) return true;
    const auto prefix = prefix_of(walk);
    if (answer.status == 405 && hop_of(answer) == "Davit" && walk.ask("PROPFIND", "", {{"Depth", "0"}}).status == 207) {
        walk.found(walk.proxy(),
                   "MKCOL of a new name was answered 405, as if it existed, and now it does: a proxy sent the request "
                   "to Davit twice.",
                   "nginx: proxy_next_upstream off; and a longer proxy_read_timeout, if it gave up too early");
        walk.ask("DELETE", "");
        return false;
    }
    if (code_of(answer) == "outside-base-path")
        walk.found("Davit", "MKCOL of " + walk.path() + " came to Davit without the prefix it waits for.",
                   stripped_remedy(prefix));
    else if ((answer.status == 404 || answer.status == 409) && hop_of(answer) == "Davit" && !prefix.empty())
        walk.found(
            "Davit",
            "Davit knows no folder for " + walk.target().path + ": the prefix reaches it, and it takes it for a name.",
            "Davit: server.base_path = \"" + prefix + "\"; or make the folder, if it was meant to be one");
    else
        walk.refused("MKCOL of " + walk.path(), answer,
                     answer.status == 404 ? "nginx: no location passes this path on; add location " +
                                                walk.target().path + " { proxy_pass ...; }"
                                          : "");
    return false;
}

void check_answers(Walk& walk) {
    const auto answer = walk.ask("GET", "absent/absent", {{"X-Request-Id", "davit-doctor"}});
    if (answer.status == 404 && !code_of(answer).empty()) {
        if (answer.field("X-Request-Id").empty())
            walk.found(walk.proxy(), "Davit's X-Request-Id does not come back with its answers.",
                       "nginx: take away proxy_hide_header X-Request-Id");
        return;
    }
    walk.intercepted = answer.status == 404 || is_success(answer);
    if (walk.intercepted)
        walk.found(walk.proxy(),
                   "The answer to a GET of something that is not there is not Davit's: " +
                       std::to_string(answer.status) + ", without the body that explains it.",
                   "nginx: proxy_intercept_errors off; and no error_page or try_files for this location");
    else
        walk.refused("GET of something that is not there", answer);
}

void check_methods(Walk& walk) {
    const auto options = walk.ask("OPTIONS", "");
    if (!is_success(options))
        walk.refused("OPTIONS", options);
    else if (options.field("DAV").empty())
        walk.found(walk.hop(options), "OPTIONS came back without the DAV header that clients look for.",
                   "nginx: take away the if ($request_method = OPTIONS) that answers, or proxy_hide_header DAV");
    // Davit refuses each of these because the resource is missing, in its own words. Any other response comes from a
    // hop before it.
    std::string names;
    Answer last;
    for (const char* method : {"PROPFIND", "PROPPATCH", "MKCOL", "PUT", "COPY", "MOVE", "LOCK", "UNLOCK", "DELETE"}) {
        auto answer = walk.ask(method, "absent/absent");
        // check_answers reports an intercepted 4xx: Davit never sends these to an authorised method.
        if (hop_of(answer) == "Davit" || answer.status == 404 || answer.status == 409 || answer.status == 400 ||
            answer.status == 412)
            continue;
        names += (names.empty() ? "" : ", ") + std::string(method);
        last = std::move(answer);
    }
    if (!names.empty()) walk.refused("Each of " + names, last);
}

void check_addresses(Walk& walk) {
    // Without the slash: Davit's response has a Location with one.
    const auto made = walk.ask("MKCOL", "member");
    if (made.status != 201) return walk.refused("MKCOL of a folder in " + walk.path(), made);
    if (const auto place = made.field("Location"); place.find("://") != std::string::npos)
        walk.found(walk.proxy(), "The Location of something new came back as " + place + " rather than as a path.",
                   "nginx: proxy_redirect off;");
    const auto self = walk.ask("PROPFIND", "", {{"Depth", "0"}, {"Content-Type", "application/xml"}}, propfind);
    if (self.status != 207) return walk.refused("PROPFIND", self);
    const auto hrefs = texts_of(self, "href");
    check_href(walk, hrefs.empty() ? std::string() : hrefs.front());
    const auto members = walk.ask("PROPFIND", "", {{"Depth", "1"}, {"Content-Type", "application/xml"}}, propfind);
    if (members.status != 207) return walk.refused("PROPFIND with Depth: 1", members);
    const auto count = texts_of(members, "href").size();
    if (hrefs.size() != 1 || count != 2)
        walk.found(walk.proxy(),
                   "PROPFIND of a folder with one member shows " + std::to_string(hrefs.size()) +
                       " resources for Depth: 0 and " + std::to_string(count) + " for Depth: 1.",
                   "nginx: take away the proxy_set_header that changes Depth, and proxy_cache");
}

void check_slashes(Walk& walk) {
    const auto ask = [&](std::string path) {
        path.pop_back();
        const auto answer = walk.ask_path("PROPFIND", path, {{"Depth", "0"}});
        if (answer.status == 207) return;
        if (answer.status >= 300 && answer.status < 400)
            walk.found(walk.hop(answer),
                       "PROPFIND of " + path + ", a folder without its slash, is redirected to " +
                           answer.field("Location") + ", which clients follow with another method or not at all.",
                       "nginx: location " + path +
                           " without the slash, and no rewrite or return that adds one; where proxy_pass takes the "
                           "prefix off, location = " +
                           path + " { rewrite ^ " + path + "/ last; } beside it");
        else
            walk.refused("PROPFIND of " + path + ", a folder without its slash,", answer,
                         "nginx: location " + path + " without the slash, so that both are passed on");
    };
    ask(walk.path());
    if (walk.target().path != "/") ask(walk.target().path);
}

void check_clock(Walk& walk) {
    const auto put = walk.ask("PUT", "clock", {}, "x");
    const auto answer = walk.ask("PROPFIND", "clock", {{"Depth", "0"}, {"Content-Type", "application/xml"}}, propfind);
    compare_clock(walk, walk.hop(put), answer.field("Date"));
    if (const auto changed = texts_of(answer, "getlastmodified"); !changed.empty())
        compare_clock(walk, "Davit's file system", changed.front());
}

}  // namespace davit::app

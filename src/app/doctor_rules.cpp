// Checks of Destination, conditions and locks: header fields that a proxy may drop.
#include "doctor_walk.hpp"

namespace davit::app {
namespace {

constexpr const char* plain_destination =
    "nginx: take away every proxy_set_header Destination, if ($http_destination ...) and rewrite: Davit uses the path "
    "of Destination as clients send it";

std::string dropped(const std::string& field) {
    return "nginx: take away the proxy_set_header that empties " + field;
}

/// Returns true when MOVE succeeded and the file is at its new place.
bool check_moved(Walk& walk, const Answer& answer) {
    if (code_of(answer) == "foreign-destination") {
        walk.refused("MOVE with Destination: " + walk.url("moved"), answer);
        return false;
    }
    if (!is_success(answer)) {
        const bool wrong_place = answer.status == 400 || answer.status == 409 || answer.status == 404;
        if (wrong_place && hop_of(answer) == "Davit")
            walk.found(answer.status == 400 ? walk.proxy() : walk.proxy_or_davit(),
                       "MOVE with Destination: " + walk.url("moved") + " was answered " +
                           std::to_string(answer.status) + ": the header does not arrive, or its path is another one.",
                       std::string(plain_destination) +
                           "; Davit: server.base_path is the prefix clients see, if there is one");
        else
            walk.refused("MOVE with Destination: " + walk.url("moved"), answer);
        return false;
    }
    if (walk.ask("HEAD", "moved").status == 200) return true;
    walk.found(walk.proxy(), "MOVE went well, but nothing is at its Destination: it was changed on the way.",
               plain_destination);
    return false;
}

void expect_status(Walk& walk, const std::string& what, const Answer& answer, unsigned wanted,
                   const std::string& remedy) {
    // If a proxy replaces refusals, they say nothing about the header field.
    if (answer.status == wanted || (walk.intercepted && wanted >= 400)) return;
    walk.found(walk.proxy(),
               what + " should be answered " + std::to_string(wanted) + " and was answered " +
                   std::to_string(answer.status) + ".",
               remedy);
}

constexpr const char* lock_body =
    R"(<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>)"
    R"(<owner>davit doctor</owner></lockinfo>)";

}  // namespace

void check_move(Walk& walk) {
    if (const auto put = walk.ask("PUT", "to-move", {}, "x"); !is_success(put)) return walk.refused("PUT", put);
    if (!check_moved(walk, walk.ask("MOVE", "to-move", {{"Destination", walk.url("moved")}}))) return;
    const auto copied = walk.ask("COPY", "moved", {{"Destination", walk.path("copied")}});
    if (copied.status != 201) walk.refused("COPY with a path as Destination", copied, plain_destination);
    expect_status(walk, "COPY with Overwrite: F onto a file",
                  walk.ask("COPY", "moved", {{"Destination", walk.url("copied")}, {"Overwrite", "F"}}), 412,
                  dropped("Overwrite"));
}

void check_conditions(Walk& walk) {
    const auto put = walk.ask("PUT", "conditional", {}, "x");
    if (!is_success(put)) return walk.refused("PUT", put);
    expect_status(walk, "PUT with another file's If-Match",
                  walk.ask("PUT", "conditional", {{"If-Match", "\"davit-doctor\""}}, "y"), 412, dropped("If-Match"));
    expect_status(walk, "PUT with If-None-Match: * onto a file",
                  walk.ask("PUT", "conditional", {{"If-None-Match", "*"}}, "y"), 412, dropped("If-None-Match"));
    const auto etag = walk.ask("HEAD", "conditional").field("ETag");
    if (!etag.empty()) {
        expect_status(walk, "GET with If-None-Match of the same file",
                      walk.ask("GET", "conditional", {{"If-None-Match", etag}}), 304, dropped("If-None-Match"));
        expect_status(walk, "PUT with the file's own If-Match",
                      walk.ask("PUT", "conditional", {{"If-Match", etag}}, "z"), 204,
                      "nginx: gzip off; and nothing that changes If-Match");
    }
    std::string long_if;
    while (long_if.size() < 6000) long_if += "(Not <urn:uuid:64617669-7420-4d6f-8374-6f7200000000>) ";
    const auto answer = walk.ask("PROPFIND", "conditional", {{"Depth", "0"}, {"If", long_if}});
    if (answer.status != 207)
        walk.refused("PROPFIND with an If header of 6 kB", answer,
                     "nginx: large_client_header_buffers 4 16k; a long If header must fit into one buffer");
}

void check_locks(Walk& walk) {
    if (const auto put = walk.ask("PUT", "locked", {}, "x"); !is_success(put)) return walk.refused("PUT", put);
    const auto lock =
        walk.ask("LOCK", "locked", {{"Timeout", "Second-120"}, {"Content-Type", "application/xml"}}, lock_body);
    if (lock.status != 200) return walk.refused("LOCK", lock);
    const auto token = lock.field("Lock-Token");
    walk.held = token;
    for (const auto& href : texts_of(lock, "href"))
        if (href.starts_with("urn:")) walk.held = "<" + href + ">";
    if (token.empty())
        return walk.found(walk.proxy(), "LOCK came back without the Lock-Token header.",
                          "nginx: take away proxy_hide_header Lock-Token");
    const auto timeout = texts_of(lock, "timeout");
    if (timeout.empty() || timeout.front() != "Second-120")
        walk.found(
            walk.proxy_or_davit(),
            "LOCK for two minutes was granted for " + (timeout.empty() ? "an unknown time" : timeout.front()) + ".",
            dropped("Timeout") + "; Davit: locks.timeout_min, locks.timeout_max");
    expect_status(walk, "PUT onto a locked file, without its token,", walk.ask("PUT", "locked", {}, "y"), 423,
                  "take away the proxy's If header of its own");
    const auto with_token = walk.ask("PUT", "locked", {{"If", "(" + token + ")"}}, "z");
    expect_status(walk, "PUT onto a locked file, with its token in If,", with_token, 204, dropped("If"));
    const auto unlocked = walk.ask("UNLOCK", "locked", {{"Lock-Token", token}});
    if (unlocked.status == 204) {
        walk.held.clear();
        return;
    }
    if (hop_of(unlocked) == "Davit")
        walk.found(walk.proxy(), "UNLOCK was answered " + std::to_string(unlocked.status) + ".", dropped("Lock-Token"));
    else
        walk.refused("UNLOCK", unlocked);
}

}  // namespace davit::app

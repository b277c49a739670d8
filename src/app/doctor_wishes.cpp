// Checks that run only on request: a large upload, a browser page, the health of the server.
#include "doctor_walk.hpp"

namespace davit::app {
namespace {

constexpr std::size_t very_large = 100U << 20U;

}  // namespace

void check_large(Walk& walk) {
    const auto answer = walk.ask("PUT", "very-large", {}, std::string(very_large, 'd'));
    if (!is_success(answer)) return walk.refused("PUT of 100 MB", answer);
    const auto head = walk.ask("HEAD", "very-large");
    if (head.field("Content-Length") != std::to_string(very_large))
        walk.found(walk.proxy(),
                   "PUT of 100 MB went well, but HEAD then tells a length of " + head.field("Content-Length") + ".",
                   "take away what stores or shortens bodies on the way");
}

void check_browsers(Walk& walk, const std::string& origin) {
    // A browser sends this request, without a login, before it lets a page use the server.
    const auto answer = walk.ask_unknown("OPTIONS", walk.path(),
                                         {{"Origin", origin},
                                          {"Access-Control-Request-Method", "PROPFIND"},
                                          {"Access-Control-Request-Headers", "authorization, content-type, depth"}});
    const auto hop = walk.hop(answer);
    const auto asked = "The preflight of a page from " + origin + " ";
    if (answer.status == 401)
        walk.found(
            hop, asked + "is asked for a login, which browsers do not send with it.",
            "nginx: no auth_basic for it (if ($request_method = OPTIONS) cannot tell it apart: leave the login to "
            "Davit, which can)");
    else if (!is_success(answer))
        walk.refused("The preflight of a page from " + origin, answer);
    else if (const auto allowed = answer.field("Access-Control-Allow-Origin"); allowed.empty())
        walk.found(hop, asked + "is not answered as one: the browser keeps the page from the server.",
                   hop == "Davit" ? "Davit: name " + origin + " under cors.origins"
                                  : "nginx: take away the if ($request_method = OPTIONS) that answers; Davit: name " +
                                        origin + " under cors.origins");
    else if (allowed != origin)
        walk.found(hop, asked + "is answered for " + allowed + ".", "Davit: name " + origin + " under cors.origins");
}

void check_health(Walk& walk, const DoctorTarget& management) {
    for (const std::string page : {"healthz", "readyz"}) {
        const auto where = management.origin() + management.path + page;
        const auto answer = http::probe(management.server, {"GET", management.path + page});
        if (!answer)
            walk.found("Davit", "No server answers at " + where + ": " + answer.error() + ".",
                       "Davit: server.management = [\"" + management.server.authority + "\"]");
        else if (answer->status == 401)
            walk.found(hop_of(*answer), "GET of " + where + " is asked for a login, which probes do not have.",
                       "nginx: auth_basic off; in its location, or let probes ask Davit's server.management itself");
        else if (answer->status != 200)
            walk.found(hop_of(*answer), "GET of " + where + " was answered " + std::to_string(answer->status) + ".",
                       page == "readyz" && answer->status == 503
                           ? "Davit cannot work with its folder: its log says why"
                           : "Davit: server.management is a listener of its own, not a path of the public one");
    }
}

}  // namespace davit::app

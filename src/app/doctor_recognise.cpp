// Recognises the server: Davit, with or without a proxy; another WebDAV server; or none.
#include <algorithm>

#include "davit/core/printable.hpp"
#include "davit/headers/scanner.hpp"
#include "doctor_walk.hpp"

namespace davit::app {
namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

/// A proxy may write its own name into Server and replace Davit's refusals by its pages, so one sign is enough.
bool shows_davit(const Answer& answer) {
    if (answer.field("Server") == "davit" || has(answer.body, "urn:davit:error")) return true;
    if (!answer.field("X-Dav-Error-Code").empty()) return true;
    const auto dav = answer.field("DAV");
    return has(dav, "sabredav-partialupdate") && has(dav, "<http://apache.org/dav/propset/fs/1>");
}

/// The response of a proxy that could not reach its backend, redirects, or requires a login first.
bool says_nothing_of_the_server(const Answer& answer) {
    return answer.status == 401 || (answer.status >= 300 && answer.status < 400) ||
           (answer.status >= 502 && answer.status <= 504) || login_fault(answer) != nullptr;
}

std::string name_of_server(const Answer& answer) {
    if (const auto server = answer.field("Server"); !server.empty()) return server;
    const auto dav = answer.field("DAV");
    if (has(dav, "nextcloud")) return "Nextcloud";
    if (has(dav, "owncloud") || !answer.field("OC-Version").empty()) return "ownCloud";
    if (!answer.field("X-Sabre-Version").empty()) return "SabreDAV";
    if (const auto made = answer.field("X-Powered-By"); !made.empty()) return made;
    return "a server that does not name itself";
}

}  // namespace

std::string said_in(const Answer& answer) {
    constexpr std::size_t most = 200;
    std::string text;
    bool tag = false;
    // Uses the words of the page's body, because a title only repeats the status.
    const auto body = std::string_view(answer.body).substr(std::min(answer.body.find("<body"), answer.body.size()));
    for (const char c : body.empty() ? std::string_view(answer.body) : body) {
        if (c == '<') tag = true;
        const bool blank = tag || c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!blank) text += c;
        if (blank && !text.empty() && text.back() != ' ') text += ' ';
        if (c == '>') tag = false;
        if (text.size() > most) break;
    }
    return printable(headers::trim(text));
}

Seen recognise(Walk& walk, const Answer& options) {
    walk.davit = shows_davit(options) || shows_davit(walk.ask("GET", "absent/absent")) ||
                 shows_davit(walk.ask_path("PROPFIND", walk.target().path, {{"Depth", "0"}}));
    if (walk.davit) return Seen::davit;
    const bool another = is_success(options) && !options.field("DAV").empty();
    // nginx is more often a proxy of Davit with a location that forwards nothing than a server by itself.
    if (!another && (says_nothing_of_the_server(options) || hop_of(options) == "nginx")) return Seen::unknown;
    walk.server = name_of_server(options);
    return another ? Seen::another : Seen::no_webdav;
}

std::string tls_instead(const Answer& answer, const DoctorTarget& target) {
    const auto& server = target.server;
    if (server.tls || (answer.status != 0 && answer.status != 400)) return {};
    if (answer.status == 0 && answer.body.starts_with("no connection")) return {};
    for (const auto* words : {"plain HTTP request was sent to HTTPS port", "plain HTTP to an SSL-enabled server port",
                              "HTTP request to an HTTPS server"})
        if (has(answer.body, words)) return "https://" + server.authority + target.path;
    const bool tls = http::look_at_certificate(server).has_value();
    return tls ? "https://" + server.authority + target.path : std::string();
}

}  // namespace davit::app

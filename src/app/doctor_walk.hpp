#pragma once
// Shared by the doctor's checks: their collection, the requests, and the origin of a response.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "davit/app/doctor.hpp"
#include "davit/http/probe.hpp"

namespace davit::app {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Answer = http::ProbeAnswer;

struct DoctorTarget {
    http::ProbeServer server;
    std::string path;  ///< of the collection's parent, from '/' to '/', encoded
    std::string origin() const { return (server.tls ? "https://" : "http://") + server.authority; }
};

class Walk {
public:
    Walk(DoctorTarget target, std::string name) : target_(std::move(target)), name_(std::move(name)) {}

    /// Sends a request for a name in the collection, percent-encoded; "" is the collection itself, with its slash.
    /// Status 0: no response.
    Answer ask(std::string_view method, std::string_view name, Fields fields = {}, std::string body = {});
    /// The same for any path.
    Answer ask_path(std::string_view method, std::string path, Fields fields = {}, std::string body = {});
    /// The same without the login.
    Answer ask_unknown(std::string_view method, std::string path, Fields fields = {});
    Answer put_chunked(std::string_view name, std::string body);
    /// Sends half of a body and returns the response to that.
    Answer put_half(std::string_view name, Fields fields, std::string half);

    std::string path(std::string_view name = {}) const { return target_.path + name_ + "/" + std::string(name); }
    std::string url(std::string_view name = {}) const { return target_.origin() + path(name); }
    const DoctorTarget& target() const { return target_; }
    /// The hop between the doctor and the server, as far as responses show it: a proxy by its name, "a proxy", "Davit"
    /// when no other was seen, or the name of another server.
    std::string proxy() const;
    /// True when a response has shown a proxy.
    bool proxied() const { return !proxy_name_.empty(); }
    /// "nginx or Davit", or "Davit" alone.
    std::string proxy_or_davit() const { return proxied() ? proxy() + " or Davit" : proxy(); }
    /// The hop that sent a response.
    std::string hop(const Answer& answer) const;

    std::string held;    ///< token of a lock on the name "locked" that the clean-up must remove, in angle brackets
    std::string server;  ///< the name of another server; "" for Davit
    bool davit = false;  ///< a response has shown Davit
    bool intercepted = false;  ///< a proxy replaces Davit's refusals by its own pages

    void begin(std::string check) { checks_.push_back(std::move(check)); }
    void found(std::string hop, std::string sentence, const std::string& remedy);
    void advise(std::string hop, std::string sentence, const std::string& remedy);
    /// Adds a finding: "PUT of 2 MB" had the wrong response. Names the hop, the response, and the setting that usually
    /// causes it.
    void refused(const std::string& what, const Answer& answer, const std::string& otherwise = {});
    Diagnosis finish(const std::string& url) {
        return {url, davit ? "Davit" : server, std::move(checks_), std::move(findings_)};
    }

private:
    Answer settle(std::expected<Answer, std::string> answer);

    DoctorTarget target_;
    std::string name_;
    std::string proxy_name_;  ///< the product in a foreign Server header, or "a proxy" because of Via
    std::vector<std::string> checks_;
    std::vector<Finding> findings_;
};

constexpr bool is_success(const Answer& answer) {
    return answer.status >= 200 && answer.status < 300;
}
/// "Davit", "nginx", or "a proxy" when the response does not tell.
std::string hop_of(const Answer& answer);
/// The code in the body of a failure of Davit; "" when there is none.
std::string code_of(const Answer& answer);
/// The texts of all elements of this local name in a body of Davit: <D:href> and <href> alike.
std::vector<std::string> texts_of(const Answer& answer, std::string_view element);

/// Davit requires a login that this connection cannot carry: 403 instead of 401. `of_proxy`: the proxy is at fault.
struct LoginFault {
    std::string_view code;  ///< Davit's code
    const char* sentence;
    const char* remedy;
    bool of_proxy;
};
/// Nothing: the response has another cause.
const LoginFault* login_fault(const Answer& answer);

/// The text of a response's body without tags: the server's own words.
std::string said_in(const Answer& answer);

enum class Seen : std::uint8_t {
    davit,
    another,    ///< a WebDAV server that is not Davit
    no_webdav,  ///< a server without WebDAV at this address
    unknown,    ///< an unknown program answers instead of the server
};
/// Decides by the response to OPTIONS and by two further requests.
Seen recognise(Walk& walk, const Answer& options);
/// All checks of a server other than Davit.
void judge_foreign(Walk& walk, const Answer& options);
/// The https URL, when the doctor sent plain HTTP to a TLS port; "" otherwise.
std::string tls_instead(const Answer& answer, const DoctorTarget& target);

/// The usual reason for such a response of Davit or of a hop before it.
std::string usual_remedy(const Answer& answer);

/// Splits "https://dav.example.com/path". The error is a sentence.
std::expected<DoctorTarget, std::string> parse_target(std::string_view url);

// Each function is one check and adds its findings to the walk. The order matters: later checks rely on earlier ones.
bool check_certificate(Walk& walk, const http::Certificate& shown);  ///< false: send no further requests
bool check_login(Walk& walk);                                        ///< false: no login is possible
bool check_collection(Walk& walk);                                   ///< false: further checks are pointless
void check_answers(Walk& walk);
void check_methods(Walk& walk);
void check_addresses(Walk& walk);
void check_slashes(Walk& walk);
void check_bodies(Walk& walk);
void check_streaming(Walk& walk);
void check_content(Walk& walk);
void check_etags(Walk& walk);
void check_names(Walk& walk);
void check_move(Walk& walk);
void check_conditions(Walk& walk);
void check_locks(Walk& walk);
void check_clock(Walk& walk);
void check_large(Walk& walk);
void check_browsers(Walk& walk, const std::string& origin);
void check_health(Walk& walk, const DoctorTarget& management);

}  // namespace davit::app

#pragma once
// What the doctor's checks share: a collection of their own, the asking, and who gave an answer.
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

    /// Asks for a name in the collection, encoded; "" is the collection itself, with its slash. Status 0: no answer.
    Answer ask(std::string_view method, std::string_view name, Fields fields = {}, std::string body = {});
    /// The same for any path.
    Answer ask_path(std::string_view method, std::string path, Fields fields = {}, std::string body = {});
    /// The same without the login.
    Answer ask_unknown(std::string_view method, std::string path, Fields fields = {});
    Answer put_chunked(std::string_view name, std::string body);
    /// Sends half of a body, and takes what is answered to that.
    Answer put_half(std::string_view name, Fields fields, std::string half);

    std::string path(std::string_view name = {}) const { return target_.path + name_ + "/" + std::string(name); }
    std::string url(std::string_view name = {}) const { return target_.origin() + path(name); }
    const DoctorTarget& target() const { return target_; }
    /// Who is between the doctor and what it looks at, as far as answers show: a proxy by its name, "a proxy", "Davit"
    /// when nothing else was seen, or the name of a server that is not Davit.
    std::string proxy() const;
    /// A proxy has shown itself.
    bool proxied() const { return !proxy_name_.empty(); }
    /// "nginx or Davit", or "Davit" alone.
    std::string proxy_or_davit() const { return proxied() ? proxy() + " or Davit" : proxy(); }
    /// Who gave an answer.
    std::string hop(const Answer& answer) const;

    std::string held;    ///< a lock's token that must go with the clean-up, in angle brackets; of the name "locked"
    std::string server;  ///< the name of one that is not Davit; "" for Davit
    bool davit = false;  ///< Davit has shown itself
    bool intercepted = false;  ///< a proxy puts pages of its own in the place of Davit's refusals

    void begin(std::string check) { checks_.push_back(std::move(check)); }
    void found(std::string hop, std::string sentence, const std::string& remedy);
    void advise(std::string hop, std::string sentence, const std::string& remedy);
    /// "PUT of 2 MB" was not answered as it should be: names who answered, what, and the setting that usually does it.
    void refused(const std::string& what, const Answer& answer, const std::string& otherwise = {});
    Diagnosis finish(const std::string& url) {
        return {url, davit ? "Davit" : server, std::move(checks_), std::move(findings_)};
    }

private:
    Answer settle(std::expected<Answer, std::string> answer);

    DoctorTarget target_;
    std::string name_;
    std::string proxy_name_;  ///< the product in a Server header that is not Davit's, or "a proxy" by Via
    std::vector<std::string> checks_;
    std::vector<Finding> findings_;
};

constexpr bool is_success(const Answer& answer) {
    return answer.status >= 200 && answer.status < 300;
}
/// "Davit", "nginx", or "a proxy" when nothing tells.
std::string hop_of(const Answer& answer);
/// The code in the body of one of our failures; "" when it is none.
std::string code_of(const Answer& answer);
/// The texts of all elements of this local name in a body of ours: <D:href> and <href> alike.
std::vector<std::string> texts_of(const Answer& answer, std::string_view element);

/// Davit waits for a login that cannot come by this way: 403 in the place of 401. `of_proxy`: the proxy's fault.
struct LoginFault {
    std::string_view code;  ///< Davit's
    const char* sentence;
    const char* remedy;
    bool of_proxy;
};
/// Nothing: the answer is about something else.
const LoginFault* login_fault(const Answer& answer);

/// The words of an answer's body, without tags: what the server itself says.
std::string said_in(const Answer& answer);

enum class Seen : std::uint8_t {
    davit,
    another,    ///< a WebDAV server that is not Davit
    no_webdav,  ///< a server that does not speak WebDAV at this address
    unknown,    ///< something answers in the place of a server that was not seen
};
/// By the answer to OPTIONS, and by two more that it asks for.
Seen recognise(Walk& walk, const Answer& options);
/// All checks of a server that is not Davit.
void judge_foreign(Walk& walk, const Answer& options);
/// The https URL, when plain HTTP was sent to a port that speaks TLS; "" otherwise.
std::string tls_instead(const Answer& answer, const DoctorTarget& target);

/// How an answer of a hop before Davit, or of Davit's, usually comes about.
std::string usual_remedy(const Answer& answer);

/// "https://dav.example.com/path" in its parts; the error is a sentence.
std::expected<DoctorTarget, std::string> parse_target(std::string_view url);

// Each is one check; its findings go to the walk. Order matters: later ones use what is known to work.
bool check_certificate(Walk& walk, const http::Certificate& shown);  ///< false: nothing further should be sent
bool check_login(Walk& walk);                                        ///< false: there is no way in
bool check_collection(Walk& walk);                                   ///< false: nothing further can be learned
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

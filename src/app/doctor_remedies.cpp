// The usual reasons for refusals: by the status of a hop before Davit, or by Davit's code.
#include <algorithm>
#include <array>

#include "doctor_walk.hpp"

namespace davit::app {
namespace {

struct ByStatus {
    unsigned status;
    const char* remedy;
};
constexpr std::array proxies{
    ByStatus{301, "take away the return, rewrite or error_page that redirects; Davit needs none for slashes"},
    ByStatus{302, "take away the return, rewrite or error_page that redirects; Davit needs none for slashes"},
    ByStatus{307, "take away the return, rewrite or error_page that redirects; Davit needs none for slashes"},
    ByStatus{308, "take away the return, rewrite or error_page that redirects; Davit needs none for slashes"},
    ByStatus{401, "give the doctor the login: --user NAME"},
    ByStatus{403,
             "nginx: take away limit_except, deny or the if ($request_method ...) that lets only some methods "
             "pass"},
    ByStatus{405,
             "nginx: take away the if ($request_method ...) that lets only some methods pass, and pass every "
             "request on with proxy_pass"},
    ByStatus{408, "nginx: client_body_timeout 60s; proxy_request_buffering off;"},
    ByStatus{411, "nginx: take away chunked_transfer_encoding off; proxy_http_version 1.1;"},
    ByStatus{413, "nginx: client_max_body_size 0; in the server or location block"},
    ByStatus{414, "nginx: large_client_header_buffers 4 16k;"},
    ByStatus{431, "nginx: large_client_header_buffers 4 16k;"},
    ByStatus{494, "nginx: large_client_header_buffers 4 16k;"},
    ByStatus{
        502,
        "the proxy does not reach Davit: compare its proxy_pass with server.listen, and see that Davit runs. With a "
        "unix socket, let the proxy's group use it: server.socket_group = \"www-data\", docs/behind-nginx.md"},
    ByStatus{503, "the proxy does not reach Davit, or limits requests (limit_req, limit_conn)"},
    ByStatus{504, "nginx: proxy_read_timeout 300s;"},
};

struct ByCode {
    std::string_view code;
    const char* remedy;
};
constexpr std::array ours{
    ByCode{"unauthorized", "give the doctor the login: --user NAME"},
    ByCode{"wrong-credentials", "the right name and password; davit user add NAME gives a new one"},
    ByCode{"foreign-destination", "Davit: name the public host under server.authorities, or leave that key empty"},
    ByCode{"misdirected-request",
           "Davit: name the host that is told under server.authorities or server.public_urls; or nginx: a name without "
           "a dot or an address in proxy_pass, and no proxy_set_header Host"},
    ByCode{"foreign-origin",
           "Davit: the address that browsers use under server.public_urls, or the page's origin under cors.origins"},
    ByCode{"read-only", "Davit: server.read_only = false, unless this is wanted"},
    ByCode{"body-too-large", "Davit: limits.put_body_bytes"},
    ByCode{"headers-too-large", "Davit: limits.header_bytes"},
    ByCode{"target-too-long", "Davit: limits.target_bytes"},
    ByCode{"no-space", "Davit's disk is full"},
    ByCode{"file-system-read-only", "Davit's disk: mount it for writing, after a look into the kernel's log"},
    ByCode{"permission-denied", "give Davit's user the right to write in the folder it serves"},
    ByCode{"operation-not-permitted",
           "take the flag off the folder (chattr -i -a), or see what a security module forbids Davit"},
    ByCode{"busy", "end what uses this name on the server, or unmount it"},
    ByCode{"scheme-not-offered",
           "Davit: auth.users; the doctor logs in by Basic, and only Digest or tokens are asked for"},
    ByCode{"insufficient-privileges", "Davit: a rule that gives this user the right, docs/access-rules.md"},
    ByCode{"depth-infinity-refused", "nginx: take away the proxy_set_header that empties Depth"},
};

constexpr std::array login_faults{
    LoginFault{"insecure-login", "Davit does not take a name and a password that come in the clear.",
               "Davit: tls.listen and tls.certificate, or server.trusted_proxies for a proxy that ends TLS, or "
               "auth.basic_over_plain_http = true on a network that you trust",
               false},
    LoginFault{"no-proxy-user", "Davit expects a proxy to name the user, and none did.",
               "nginx: proxy_set_header with the field of auth.user_header, where it asks for the login, and Davit: "
               "that proxy's "
               "address in server.trusted_proxies; or ask the proxy, if this is Davit's own address",
               true},
};

}  // namespace

const LoginFault* login_fault(const Answer& answer) {
    const auto* known = std::ranges::find(login_faults, std::string_view(code_of(answer)), &LoginFault::code);
    return known == login_faults.end() ? nullptr : known;
}

std::string usual_remedy(const Answer& answer) {
    if (const auto code = code_of(answer); !code.empty()) {
        const auto* known = std::ranges::find(ours, std::string_view(code), &ByCode::code);
        return known == ours.end() ? "" : known->remedy;
    }
    if (answer.status >= 300 && answer.status < 400 && answer.field("Location").starts_with("https://"))
        return "clients are sent to https, which few follow: give them, and the doctor, the https:// address";
    const auto* known = std::ranges::find(proxies, answer.status, &ByStatus::status);
    return known == proxies.end() ? "" : known->remedy;
}

}  // namespace davit::app

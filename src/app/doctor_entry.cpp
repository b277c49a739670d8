// The checks before the first file: certificate and login.
#include <array>

#include "doctor_walk.hpp"

namespace davit::app {
namespace {

struct Fault {
    std::string sentence;
    std::string remedy;
};

Fault explain(const http::Certificate& shown, const std::string& host) {
    constexpr const char* renew =
        "renew it (certbot renew) and reload the program that terminates TLS: systemctl reload nginx";
    switch (shown.fault) {
        case http::CertificateFault::expired:
            return {"The certificate ran out on " + shown.ends + ".", renew};
        case http::CertificateFault::not_yet_valid:
            return {"The certificate is not valid before " + shown.begins + ".",
                    "set the clock, here or where it was made"};
        case http::CertificateFault::self_signed:
            return {"The certificate is self-signed: no client trusts it, and Windows and Office cannot be told to.",
                    "take one of a known authority (certbot), or install it as trusted on every client"};
        case http::CertificateFault::wrong_name:
            return {"The certificate is for " + shown.names + ", and clients ask for " + host + ".",
                    "nginx: server_name and ssl_certificate of this host; or a certificate that has this name as well"};
        case http::CertificateFault::incomplete_chain:
            return {"The certificate's issuer is not known here, and was not sent with it.",
                    "nginx: ssl_certificate fullchain.pem;, the certificate followed by its issuers'; or make its own "
                    "authority known to every client"};
        default:
            return {"The certificate is not trusted: " + shown.detail + ".", "take one of a known authority"};
    }
}

bool asks_for_login(const Answer& answer) {
    return answer.status == 401 || login_fault(answer) != nullptr;
}

/// Names the methods that pass without a login although others do not.
void check_challenges(Walk& walk) {
    constexpr std::array methods{"OPTIONS", "HEAD", "GET", "PROPFIND", "PUT", "LOCK"};
    std::string open;
    bool any = false;
    Answer last;
    for (const char* method : methods) {
        const bool changes = method == std::string_view("PUT") || method == std::string_view("LOCK");
        auto answer = walk.ask_unknown(method, changes ? walk.path("absent") : walk.target().path, {{"Depth", "0"}});
        any = any || asks_for_login(answer);
        const bool mute =
            method == std::string_view("HEAD") && answer.status == 403;  // the reason would be in the body
        if (asks_for_login(answer) || mute) continue;
        open += (open.empty() ? "" : ", ") + std::string(method);
        last = std::move(answer);
    }
    if (!any)
        walk.advise(walk.hop(last), "No login is required: everyone who reaches this address is admitted.",
                    "nginx: auth_basic, or accounts in Davit; unless this is wanted");
    else if (!open.empty())
        walk.found(
            walk.hop(last),
            open +
                " is answered without a login, and other methods are not: clients that begin with it (Windows, "
                "Office, Zotero) never send theirs.",
            "nginx: auth_basic for every method: no limit_except, if ($request_method ...) or satisfy any around it");
}

/// Finds the hop that answers 401 although the doctor sent a login.
void blame(Walk& walk, const Answer& unknown, const Answer& known) {
    const auto hop = walk.hop(known);
    const auto code = code_of(known);
    const bool proxied = walk.proxied();
    const auto* fault = login_fault(known) ? login_fault(known) : login_fault(unknown);
    if (fault)
        walk.found(fault->of_proxy && proxied ? walk.proxy() : "Davit", fault->sentence, fault->remedy);
    else if (asks_for_login(unknown) && walk.hop(unknown) != hop)
        walk.found(hop, walk.hop(unknown) + " takes the login, and " + hop + " behind it asks for another.",
                   "one of the two: take auth_basic away, or let Davit trust what the proxy has found out "
                   "(auth.user_header)");
    else if (code == "unauthorized" && proxied)
        walk.found(walk.proxy(), "The login does not arrive: Davit asks for one although one was sent.",
                   "nginx: take away proxy_set_header Authorization \"\"; and for a proxy that ends TLS, Davit: "
                   "server.trusted_proxies, so that it takes Basic");
    else if (code == "unauthorized" || code == "scheme-not-offered")
        walk.found(hop, "Davit does not take a name and a password here.",
                   "Davit: auth.users; the doctor logs in by Basic, and only Digest or tokens are asked for");
    else
        walk.found(hop, "The login is refused.",
                   hop == "Davit" ? "the right name and password; davit user add NAME gives a new one"
                                  : "the right name and password; the doctor logs in by Basic alone");
}

}  // namespace

bool check_certificate(Walk& walk, const http::Certificate& shown) {
    if (shown.fault == http::CertificateFault::none) return true;
    const auto& server = walk.target().server;
    const auto fault = explain(shown, server.authority.substr(0, server.authority.rfind(':')));
    walk.found("the program that terminates TLS for " + server.authority, fault.sentence, fault.remedy);
    return server.insecure;
}

bool check_login(Walk& walk) {
    const auto unknown = walk.ask_unknown("PROPFIND", walk.target().path, {{"Depth", "0"}});
    const auto known = walk.ask_path("PROPFIND", walk.target().path, {{"Depth", "0"}});
    if (asks_for_login(known)) {
        blame(walk, unknown, known);
        return false;
    }
    check_challenges(walk);
    return true;
}

}  // namespace davit::app

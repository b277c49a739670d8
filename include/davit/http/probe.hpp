#pragma once
// Asks a server the way a client does, for `davit doctor`.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace davit::http {

/// Whom to ask.
struct ProbeServer {
    std::string authority;      ///< "host" or "host:port"
    bool tls = false;           ///< https
    bool insecure = false;      ///< with whatever certificate
    std::string authorization;  ///< of every request; "" for none
};

struct ProbeRequest {
    std::string method;
    std::string target;  ///< sent as it stands
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};
    bool chunked = false;  ///< the body's length is not told
    /// Bytes that are announced behind the body and never sent: whoever answers, does so before the body is there. The
    /// answer is waited for 3 seconds only.
    std::size_t withheld = 0;
};

struct ProbeAnswer {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};  ///< at most 8 MiB; beyond, the answer counts as none
    /// The first field of this name, in any case; "" when there is none.
    std::string field(std::string_view name) const;
};

/// One request on a connection of its own; waits at most 30 seconds for each of connecting, sending and the answer. An
/// answer that comes before the body was sent counts. The error is a sentence.
std::expected<ProbeAnswer, std::string> probe(const ProbeServer& server, const ProbeRequest& asked);

/// Why clients do not trust a certificate; the first reason there is.
enum class CertificateFault : std::uint8_t {
    none,
    expired,
    not_yet_valid,
    self_signed,
    wrong_name,
    incomplete_chain,  ///< an issuer between it and the roots was not sent
    untrusted,         ///< for another reason, in `detail`
};
struct Certificate {
    CertificateFault fault = CertificateFault::none;
    std::string names;   ///< it is for: "dav.example.com, 192.0.2.1"
    std::string begins;  ///< "Jan  1 00:00:00 2026 GMT"
    std::string ends;
    std::string detail;  ///< OpenSSL's words for the fault
};
/// What the server shows of itself, by this system's roots (SSL_CERT_FILE names others). The error is a sentence:
/// nobody there, or no TLS.
std::expected<Certificate, std::string> look_at_certificate(const ProbeServer& server);

}  // namespace davit::http

#pragma once
// Sends a request as a client does, for `davit doctor`.
#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace davit::http {

/// The server to probe.
struct ProbeServer {
    std::string authority;      ///< "host" or "host:port"
    bool tls = false;           ///< https
    bool insecure = false;      ///< accept any certificate
    std::string authorization;  ///< of every request; "" for none
};

struct ProbeRequest {
    std::string method;
    std::string target;  ///< sent as it stands
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};
    bool chunked = false;  ///< the body has no announced length
    /// Bytes that are announced after the body and never sent, so that an answer must come before the complete body.
    /// Waits only 3 seconds for the answer.
    std::size_t withheld = 0;
    std::chrono::seconds patience{30};  ///< the longest wait for the answer
};

struct ProbeAnswer {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};  ///< at most 8 MiB; beyond, the answer counts as none
    /// The first field of this name, in any case; "" when there is none.
    std::string field(std::string_view name) const;
};

/// Sends one request on a new connection; waits at most 10 seconds for connecting, 3 for the TLS handshake, and 30 each
/// for sending and the answer. Accepts an answer that comes before the body was sent. The error is a sentence.
std::expected<ProbeAnswer, std::string> probe(const ProbeServer& server, const ProbeRequest& asked);

/// What listens there when it is not HTTP: "SSH (SSH-2.0-OpenSSH_9.2)", "Redis". "" when it is HTTP, or cannot be told.
/// Sends one request without TLS, and waits at most `patience` for the first bytes that come.
std::string other_protocol_at(const ProbeServer& server, std::chrono::seconds patience);

/// The first reason why clients do not trust a certificate.
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
/// The certificate of the server, judged by this system's roots (SSL_CERT_FILE names others). The error is a sentence:
/// no server, or no TLS. Waits at most 3 seconds for the handshake.
std::expected<Certificate, std::string> look_at_certificate(const ProbeServer& server);

}  // namespace davit::http

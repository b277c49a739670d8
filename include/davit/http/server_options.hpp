#pragma once
// The options of the HTTP layer; app/ fills them from the configuration.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "davit/core/network.hpp"
#include "davit/engine/access.hpp"
#include "davit/headers/public_address.hpp"
#include "davit/http/wire_trace.hpp"
#include "davit/login/authenticator.hpp"
#include "davit/store/idempotency_store.hpp"

namespace davit::http {

struct TcpEndpoint {
    std::string address;     ///< numeric IPv4 or IPv6; "": all addresses of both
    std::uint16_t port = 0;  ///< 0: any free port
    bool operator==(const TcpEndpoint&) const = default;
};
struct UnixEndpoint {
    std::string path;                 ///< a stale socket file is replaced
    unsigned mode = 0660;             ///< of the socket file
    std::optional<unsigned> group{};  ///< whose members connect by `mode`; nothing: the process's own
    bool operator==(const UnixEndpoint&) const = default;
};
/// A socket that systemd bound and listens on.
struct PassedEndpoint {
    int descriptor = -1;  ///< owned from then on, and closed
    std::string address;  ///< it is bound to; "" for a unix socket
    bool operator==(const PassedEndpoint&) const = default;
};
using Endpoint = std::variant<TcpEndpoint, UnixEndpoint, PassedEndpoint>;

struct TlsOptions {
    std::vector<Endpoint> endpoints;  ///< none: no TLS
    std::string certificate;          ///< PEM file: the server's certificate, then the intermediate ones
    std::string key;                  ///< PEM file; "": the key is in the certificate's
    bool only_1_3 = false;            ///< TLS 1.2 is refused
};

/// Bounds; each has its own answer.
struct Limits {
    std::size_t header_bytes = 64 * 1024;                  ///< 431 beyond
    std::size_t target_bytes = 8 * 1024;                   ///< 414 beyond
    std::uint64_t xml_body_bytes = 256 * 1024;             ///< PROPFIND, LOCK; 413 beyond
    std::uint64_t property_body_bytes = 16 * 1024 * 1024;  ///< PROPPATCH, MKCOL; 413 beyond
    std::uint64_t put_body_bytes = 0;                      ///< 0: no cap; 413 beyond
    std::size_t connections = 10000;                       ///< 503 beyond, then the connection is closed
    std::size_t connections_per_client = 500;              ///< of one address; 503 beyond; 0: no limit
    std::size_t memory_bytes = 256 * 1024 * 1024;          ///< of all bodies and answers held in memory; 503 beyond
    std::uint64_t min_rate = 256;                          ///< bytes a second of a body or an answer; 0: no limit
    std::chrono::seconds header_timeout{20};               ///< for a whole request head; 408
    std::chrono::seconds idle_timeout{75};                 ///< between requests; closed silently
    std::chrono::seconds body_timeout{60};                 ///< without any progress of a body; 408
    std::chrono::seconds write_timeout{60};                ///< without any progress of an answer
    std::chrono::seconds shutdown_grace{20};               ///< for running requests after SIGTERM
};

/// Pages of other origins whose scripts may use the server. None: CORS is off.
struct CorsOptions {
    std::vector<std::string> origins;  ///< "https://app.example", "app://obsidian.md"; or "*" alone
    bool credentials = false;          ///< scripts may use what the browser keeps: cookies, passwords, certificates
    std::chrono::seconds max_age{3600};
};

struct ServerOptions {
    std::vector<Endpoint> endpoints;
    unsigned socket_mode = 0660;  ///< of unix sockets, except the control socket
    std::string socket_group;     ///< theirs, a name or a number; "": the process's own
    TlsOptions tls;
    std::vector<Endpoint> management;      ///< /healthz, /readyz, /metrics; none by default
    std::string control_socket;            ///< unix path for the operator's commands; "": none. Mode 0600
    bool control_optional = false;         ///< serve without it when it cannot be made
    std::size_t recent_failures = 1000;    ///< kept in memory for `davit explain ID`
    headers::PublicAddress address;        ///< base path and further authorities of Destination
    std::vector<std::string> own_origins;  ///< of server.public_urls: "https://dav.example.com"; their pages may write
    engine::NameForm name_form = nullptr;  ///< user names must be in this form, so that no two users share folders
    login::Options login;                  ///< open(): no login
    PeerList trusted_proxies;              ///< whose fields about their clients are believed; docs/behind-nginx.md
    bool proxy_protocol = false;           ///< connections from `trusted_proxies` begin with a PROXY header
    std::string accel_redirect;  ///< "/internal/": where nginx finds the root's files; "": they are sent from here
    bool publish_pages = false;  ///< files may run scripts in a browser: no sandbox
    bool compress = true;        ///< listings, for clients that accept gzip
    TraceOptions trace;          ///< requests that the log shows as on the wire
    Limits limits;
    CorsOptions cors;
    store::IdempotencyLimits idempotency;
    unsigned loops = 0;     ///< event loops; 0: one for two cores
    unsigned workers = 16;  ///< threads for what may wait for the disk
    bool syncs = true;      ///< changes wait for the disk (storage.durable)
};

}  // namespace davit::http

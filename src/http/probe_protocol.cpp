// What speaks at a port that does not speak HTTP, for `davit doctor`.
#include <algorithm>
#include <array>

#include "davit/core/printable.hpp"
#include "davit/http/probe.hpp"
#include "probe_connection.hpp"

namespace davit::http {
namespace {

struct Protocol {
    std::string_view name;
    std::string_view begin;     ///< of what its servers send first, or in answer to a request of HTTP
    std::string_view has = {};  ///< stands in it too
    bool shown = true;          ///< its first line is text that says more
};

/// The first that fits.
constexpr std::array protocols{
    Protocol{"TLS", "\x15\x03", {}, false},
    Protocol{"SSH", "SSH-"},
    Protocol{"SMTP", "220", "SMTP"},
    Protocol{"FTP", "220"},
    Protocol{"FTP", "421"},
    Protocol{"FTP", "530"},
    Protocol{"POP3", "+OK"},
    Protocol{"IMAP", "* OK"},
    Protocol{"NNTP", "200 "},
    Protocol{"Redis", "-ERR"},
    Protocol{"Redis", "-NOAUTH"},
    Protocol{"Redis", "-DENIED"},
    Protocol{"memcached", "ERROR\r\n", {}, false},
    Protocol{"rsync", "@RSYNCD"},
    Protocol{"VNC", "RFB "},
    Protocol{"RTSP", "RTSP/"},
    Protocol{"SIP", "SIP/"},
    Protocol{"AMQP", "AMQP", {}, false},
    Protocol{"Telnet", "\xff", {}, false},
    Protocol{"MySQL", "", "mysql_native_password", false},
    Protocol{"MySQL", "", "caching_sha2_password", false},
    Protocol{"PostgreSQL", "E", "FATAL", false},
};

std::string first_line(std::string_view bytes) {
    constexpr std::size_t longest = 80;
    return printable(bytes.substr(0, std::min(bytes.find_first_of("\r\n"), longest)));
}

}  // namespace

std::string other_protocol_at(const ProbeServer& server, std::chrono::seconds patience) {
    ProbeConnection<PlainProbe> connection;
    if (connection.connect(split_authority(server.authority, server.tls))) return {};
    namespace bh = boost::beast::http;
    bh::request<bh::empty_body> request(bh::verb::options, "/", 11);
    request.set(bh::field::host, server.authority);
    (void)connection.write(request);
    const auto bytes = connection.first_bytes(patience);
    if (bytes.empty() || bytes.starts_with("HTTP/")) return {};
    for (const auto& each : protocols)
        if (bytes.starts_with(each.begin) && bytes.contains(each.has))
            return std::string(each.name) + (each.shown ? " (" + first_line(bytes) + ")" : "");
    return "no HTTP, but something that begins with \"" + first_line(bytes) + "\"";
}

}  // namespace davit::http

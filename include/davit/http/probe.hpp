#pragma once
// Asks a server the way a client does, over plain HTTP, for `davit doctor`.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace davit::http {

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
/// answer that comes before the body was sent counts. `authority` is "host" or "host:port". The error is a sentence.
std::expected<ProbeAnswer, std::string> probe(const std::string& authority, const ProbeRequest& asked);

}  // namespace davit::http

// The body of an upload in chunks. What is stored is what a second reader of RFC 9112, 7.1 finds in it, and it is the
// same when the bytes come one by one.
#include "loopback.hpp"

namespace {

constexpr std::string_view head =
    "PUT /new HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

struct Outcome {
    std::vector<unsigned> statuses;
    std::optional<std::string> stored;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(davit::fuzz::Loopback& server, const std::vector<std::string_view>& pieces) {
    davit::fuzz::check_answer(server.serve(pieces));
    const auto& nodes = server.world().resources.nodes;
    const auto found = nodes.find("new");
    return {server.statuses(), found == nodes.end() ? std::nullopt : std::optional(found->second.content)};
}

/// Nothing when the framing is not the plainest there is: hexadecimal sizes without extensions or trailers.
std::optional<std::string> plain_chunks(std::string_view text) {
    std::string content;
    for (;;) {
        std::size_t size = 0;
        const auto line = text.substr(0, text.find("\r\n"));
        if (line.size() == text.size() || line.empty() || line.size() > 8) return std::nullopt;
        for (const char c : line) {
            const auto digit = std::string_view("0123456789abcdef").find(c);
            if (digit == std::string_view::npos) return std::nullopt;
            size = size * 16 + digit;
        }
        text.remove_prefix(line.size() + 2);
        if (size == 0) return text.starts_with("\r\n") ? std::optional(content) : std::nullopt;
        if (size + 2 > text.size() || text.substr(size, 2) != "\r\n") return std::nullopt;
        content += text.substr(0, size);
        text.remove_prefix(size + 2);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit;
    static fuzz::Loopback server({}, http::dispatch_dav, http::dispatch_dav_at_once, true);
    const std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
    std::vector<std::string_view> pieces{head, text};
    const auto whole = outcome_of(server, pieces);
    fuzz::check(whole.statuses.size() <= 1);
    if (const auto plain = plain_chunks(text)) fuzz::check(whole.stored == plain);
    pieces.pop_back();
    for (std::size_t at = 0; at < text.size(); ++at) pieces.push_back(text.substr(at, 1));
    if (text.size() <= 256) fuzz::check(outcome_of(server, pieces) == whole);
    return 0;
}

#include "davit/http/known_head.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "head_lines.hpp"

namespace davit::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view empty_line = "\r\n\r\n";

/// Nothing when it has not all arrived, or is longer than what is kept.
std::string_view head_of(std::string_view input, std::size_t longest) {
    input = input.substr(0, longest);
    const auto end = input.find(empty_line);
    return end == std::string_view::npos ? std::string_view() : input.substr(0, end + empty_line.size());
}

bool may_be_kept(const Parser& parser) {
    const auto& head = parser.get();
    using enum beast_http::field;
    return parser.is_header_done() && !parser.chunked() && head.count(authorization) == 0 &&
           head.count(proxy_authorization) == 0 && head.count(cookie) == 0;
}

std::shared_ptr<KnownHead> understand(std::string_view bytes, const Limits& limits) {
    if (HeadLines().check(bytes)) return nullptr;
    auto known = std::make_shared<KnownHead>();
    known->bytes = bytes;
    prepare(known->parser, limits);
    error_code error;
    const auto used = known->parser.put(asio::const_buffer(bytes.data(), bytes.size()), error);
    return !error && used == bytes.size() && may_be_kept(known->parser) ? known : nullptr;
}

}  // namespace

void prepare(Parser& parser, const Limits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(boost::none);
    parser.eager(false);
}

/// Two for each: of two heads that often come both can stay.
KnownHeads::Slot& KnownHeads::place_for(std::size_t hash) {
    auto& first = slots_[hash % slots_.size()];
    if (first.hash == hash || !first.known) return first;
    return slots_[(hash >> 16) % slots_.size()];
}

bool KnownHeads::seen_before(std::size_t hash) {
    const auto part = static_cast<std::uint32_t>(hash >> 32) | 1U;
    return std::exchange(seen_[(hash >> 8) % seen_.size()], part) == part;
}

std::shared_ptr<KnownHead> KnownHeads::find(std::string_view input, const Limits& limits) {
    const auto bytes = head_of(input, std::min<std::size_t>(longest, limits.header_bytes));
    if (bytes.empty()) return nullptr;
    const auto hash = std::hash<std::string_view>{}(bytes);
    auto& slot = place_for(hash);
    if (slot.hash == hash) {
        slot.used = true;
        return slot.known && slot.known->bytes == bytes ? slot.known : nullptr;
    }
    if (!seen_before(hash) || std::exchange(slot.used, false)) return nullptr;
    // One that cannot be kept leaves its hash, so that it is not tried each time.
    slot = {hash, understand(bytes, limits)};
    return slot.known;
}

}  // namespace davit::http

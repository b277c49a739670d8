#pragma once
// Shared by all kinds of uploads: lengths, times, reading the body, the response.
#include <functional>

#include "davit/engine/methods.hpp"
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Finder sends the length of a chunked body in an additional field. That field takes precedence over Content-Length: a
/// proxy that has buffered the body replaces the chunks by its own Content-Length, which counts the bytes that arrived
/// at the proxy.
std::optional<std::uint64_t> expected_size(const Exchange& exchange);

/// X-OC-Mtime, in seconds since 1970: ownCloud's and Nextcloud's clients and rclone send the file's own time. Returns
/// nothing when it is absent or invalid, or no file can have that time.
std::optional<std::chrono::sys_seconds> wanted_time(const Exchange& exchange);

/// body_too_large when the announced length exceeds the limit.
Result<void> check_size(const Exchange& exchange);

/// Reads the body piece by piece. A worker passes each piece to `write`. Keeps the submitted locks on `target` alive
/// meanwhile.
using Sink = std::function<Result<void>(std::span<const std::byte> bytes)>;
Task<Result<void>> receive_body(Exchange& exchange, const engine::Target& target, const Sink& write);

Reply refuse_put(Exchange& exchange, const engine::Refusal& refusal);
/// `wanted`: the time of X-OC-Mtime. The response says so when the file has it.
Reply put_reply(Exchange& exchange, std::optional<std::chrono::sys_seconds> wanted,
                const engine::Answer<store::Committed>& done);

/// PUT with Content-Range.
Task<Reply> put_part(Exchange& exchange);

}  // namespace davit::http

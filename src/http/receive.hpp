#pragma once
// What the ways of uploading share: lengths, times, the body piece by piece, the answer.
#include <functional>

#include "davit/engine/methods.hpp"
#include "davit/http/exchange.hpp"

namespace davit::http {

/// Finder sends the length of a chunked body beside it. It counts before Content-Length: a proxy that has
/// the whole body at hand puts its own Content-Length in place of the chunks, and that one is of what arrived at the
/// proxy.
std::optional<std::uint64_t> expected_size(const Exchange& exchange);

/// X-OC-Mtime, in seconds since 1970: ownCloud's and Nextcloud's clients and rclone send the file's own time. Nothing
/// when it is absent, makes no sense, or no file can have that time.
std::optional<std::chrono::sys_seconds> wanted_time(const Exchange& exchange);

/// body_too_large for what is announced to be so.
Result<void> check_size(const Exchange& exchange);

/// The body, piece by piece, each given to `write` by a worker. Locks that open `target` are kept alive meanwhile.
using Sink = std::function<Result<void>(std::span<const std::byte> bytes)>;
Task<Result<void>> receive_body(Exchange& exchange, const engine::Target& target, const Sink& write);

Reply refuse_put(Exchange& exchange, const engine::Refusal& refusal);
/// `wanted`: by X-OC-Mtime; the answer says so when the file has it.
Reply put_reply(Exchange& exchange, std::optional<std::chrono::sys_seconds> wanted,
                const engine::Answer<store::Committed>& done);

/// PUT with Content-Range.
Task<Reply> put_part(Exchange& exchange);

}  // namespace davit::http

#pragma once
// Header fields of a request as engine values; every mistake is a 400 that names the field.
#include "davit/http/exchange.hpp"
#include "davit/http/task.hpp"
#include "davit/http/worker_pool.hpp"

namespace davit::http {

/// Adds the field's name to the sentence of the failure.
template <typename T>
Result<T> in_field(std::string_view name, Result<T> result) {
    if (!result && !result.error().sentence.starts_with(name))
        result.error().sentence = std::string(name) + ": " + result.error().sentence;
    return result;
}

/// The If header and the conditions of RFC 9110. An unparsable If-None-Match is ignored, an unparsable If-Match matches
/// nothing.
Result<engine::Preconditions> decode_preconditions(const Exchange& exchange);
/// Path, conditions and caller of the request.
Result<engine::Target> decode_target(const Exchange& exchange);
/// `absent` when the field is missing.
Result<Depth> decode_depth(const Exchange& exchange, Depth absent);
/// Infinity when the header is absent.
Result<headers::PropfindDepth> decode_propfind_depth(const Exchange& exchange);
Result<bool> decode_overwrite(const Exchange& exchange);
/// Prefer, and Microsoft's "Brief: t", which means return=minimal.
headers::Preferences decode_preferences(const Exchange& exchange);
/// bad_header when missing. foreign_destination for what has its URL in another export (RFC 4918, 9.8.5).
Result<ResourcePath> decode_destination(const Exchange& exchange);
/// The same in the spelling of the client, which may be longer than what is kept.
Result<ResourcePath> decode_destination_as_named(const Exchange& exchange);
/// The same as a path of the whole server.
Result<ResourcePath> decode_destination_url(const Exchange& exchange);
/// Runs `check`, which holds no claim, on a thread of `pool`. A change of the same resource may be half done meanwhile:
/// the file is gone, and its lock not yet. So a refusal counts only if `check` refuses again under the claim of
/// `items`.
template <typename Check>
Task<std::invoke_result_t<Check&>> check_without_claim(const Exchange& exchange, WorkerPool& pool,
                                                       engine::ClaimItems items, const engine::Target& target,
                                                       Check check) {
    auto answer = co_await pool.run(check);
    if (answer) co_return answer;
    const auto held = co_await claim_for(exchange, std::move(items), target);
    co_return co_await pool.run(check);
}
/// Runs `check`, which needs no body, if the body is large. Until then the server reads nothing of the body and does
/// not send 100 (Continue).
template <typename Check>
Task<engine::Answer<void>> check_before_body(const Exchange& exchange, engine::ClaimItems items,
                                             const engine::Target& target, Check check) {
    if (!exchange.body.is_large()) co_return engine::Answer<void>{};
    co_return co_await check_without_claim(exchange, exchange.shared.workers, std::move(items), target,
                                           std::move(check));
}
/// Runs `parse` on a body of `bytes`: on a worker when that is more than an event loop may parse.
template <typename Parse>
Task<std::invoke_result_t<Parse&>> parse_body(const Exchange& exchange, std::size_t bytes, Parse parse) {
    if (bytes <= RequestBody::small) co_return parse();
    co_return co_await exchange.shared.workers.run(std::move(parse));
}

/// For MKCOL: Content-Type must be XML (text/xml, application/xml, +xml) or absent; otherwise unsupported_media. Other
/// methods parse their body whatever its type says.
Result<void> check_xml_media_type(const Exchange& exchange);

}  // namespace davit::http

// GET and HEAD (RFC 9110, 9.3.1, 14; RFC 4918, 9.4).
#include <algorithm>

#include "browser_rules.hpp"
#include "davit/engine/live_properties.hpp"
#include "davit/engine/methods.hpp"
#include "davit/http/davmount.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/html_listing.hpp"
#include "davit/http/known_head.hpp"
#include "davit/http/method_table.hpp"
#include "davit/store/checksums.hpp"
#include "favicon.hpp"

namespace davit::http {
namespace {

/// A proxy that compressed the file would weaken its ETag, and no If-Match would hold (docs/behind-nginx.md, row 10).
/// 304 repeats it (RFC 9110, 15.4.5).
constexpr std::string_view as_it_is = "Cache-Control: no-transform\r\n";

constexpr std::size_t room_for_fields = 512;

using std::chrono::floor;
using std::chrono::seconds;

void append_validators(std::string& fields, const store::ResourceInfo& info) {
    fields += "ETag: ";
    store::append_entity_tag(fields, info);
    fields += "\r\nLast-Modified: ";
    append_imf_fixdate(fields, floor<seconds>(info.modified));
    fields += "\r\n";
}

void add_validators(const Exchange& exchange, Reply& reply, const store::ResourceInfo& info) {
    if (!exchange.known_head) return append_validators(reply.fields, info);
    auto& written = exchange.known_head->validators;
    if (!written.are_of(info)) {
        std::string fields;
        append_validators(fields, info);
        written = {info.identity, info.size, info.modified, std::move(fields)};
    }
    reply.fields += written.fields;
}

/// RFC 9110, 13.1.5: a tag compares strongly, a date exactly; otherwise Range is ignored.
bool range_applies(const Exchange& exchange, const store::ResourceInfo& info) {
    if (!exchange.has(Field::if_range)) return true;
    const auto text = exchange.field(Field::if_range);
    if (const auto date = headers::parse_http_date(text)) return *date == floor<seconds>(info.modified);
    const auto tags = headers::parse_entity_tags(text);
    return tags && tags->tags.size() == 1 && tags->tags.front().strong_equals(store::entity_tag(info));
}

/// Several ranges that together ask for more than the file are an attack or a mistake: it gets the file.
bool sensible(const std::vector<headers::ByteRange>& ranges, std::uint64_t size) {
    std::uint64_t total = 0;
    for (const auto& range : ranges) total += range.length();
    return ranges.size() == 1 || total <= size;
}

Reply unsatisfiable(Exchange& exchange, const store::ResourceInfo& info) {
    auto reply = refuse(exchange, FailureCode::range_not_satisfiable,
                        "No byte of the range asked for exists; the file has " + std::to_string(info.size) + " bytes.");
    reply.add("Content-Range", "bytes */" + std::to_string(info.size));
    add_validators(exchange, reply, info);
    return reply;
}

/// RFC 9530, 4: of the whole file, also beside a part of it; ownCloud's clients compare OC-Checksum after a download.
void add_digests(Reply& reply, const Exchange& exchange, const PropertySet& stored, const store::ResourceInfo& info) {
    const auto known = store::checksums_of(stored, info);
    if (known.empty()) return;
    reply.add("OC-Checksum", checksum_text(known.front()));
    for (const auto algorithm : headers::parse_want_digest(exchange.custom("Want-Repr-Digest"))) {
        const auto wanted = std::ranges::find(known, algorithm, &Digest::algorithm);
        if (wanted == known.end()) continue;
        reply.add("Repr-Digest", headers::digest_member(*wanted));
        return;
    }
}

/// nginx sends the file (docs/behind-nginx.md, row 17). It has its own idea of conditions that guard a GET, and takes
/// no Content-Language over: those answers are sent from here.
bool leaves_it_to_nginx(const Exchange& exchange, const engine::GetOutcome& outcome) {
    const auto& options = exchange.options();
    return !options.accel_redirect.empty() && exchange.trusted_peer && outcome.info.size > 0 &&
           !exchange.has(Field::if_match) && !exchange.has(Field::if_unmodified_since) &&
           outcome.content->may_send_pages();
}

/// The decoded path is looked for below the root; ranges are nginx's.
void add_accel_redirect(Reply& reply, const Exchange& exchange) {
    auto path = exchange.options().accel_redirect;
    path.pop_back();
    exchange.path.append_href(path, false);
    reply.add("X-Accel-Redirect", path);
}

/// All that an answer is made of, but for the bytes that are sent.
struct Got {
    engine::GetOutcome outcome;
    Result<PropertySet> stored{};
    std::string media_type;
};
engine::Answer<Got> look_for(const Exchange& exchange, const engine::Target& target, store::Waiting waiting) {
    auto outcome = engine::get(exchange.services(), target, waiting);
    if (!outcome) return std::unexpected(std::move(outcome.error()));
    Got got{std::move(*outcome), {}, {}};
    if (!got.outcome.content) return got;
    got.stored = got.outcome.content->properties();
    auto type =
        engine::media_type_of(exchange.services(), exchange.shown_path(), got.stored, *got.outcome.content, waiting);
    if (!type) return std::unexpected(std::move(type.error()));
    got.media_type = std::move(*type);
    return got;
}

Reply file_reply(Exchange& exchange, Got got) {
    auto& [outcome, stored, media_type] = got;
    Reply reply;
    reply.fields.reserve(room_for_fields);
    add_validators(exchange, reply, outcome.info);
    reply.fields += "Accept-Ranges: bytes\r\n";
    reply.fields += as_it_is;
    FileBody body;
    const bool any = stored && !stored->empty();
    if (any) add_digests(reply, exchange, *stored, outcome.info);
    const auto* language = any ? stored->find({std::string(dav_namespace), "getcontentlanguage"}) : nullptr;
    body.media_type = std::move(media_type);
    add_browser_rules(exchange, reply, body.media_type);
    if (language && !engine::field_text(*language).empty())
        reply.add("Content-Language", engine::field_text(*language));
    if (leaves_it_to_nginx(exchange, outcome) && !language) {
        if (!body.media_type.empty()) reply.add("Content-Type", body.media_type);
        add_accel_redirect(reply, exchange);
        return reply;
    }
    body.content = std::move(outcome.content);
    const auto size = outcome.info.size;
    if (exchange.has(Field::range) && exchange.head.method() == beast_http::verb::get &&
        range_applies(exchange, outcome.info)) {
        auto ranges = headers::parse_range(exchange.field(Field::range), size);
        if (ranges && ranges->empty()) return unsatisfiable(exchange, outcome.info);
        if (ranges && sensible(*ranges, size)) {
            reply.status = Status::partial_content;
            if (ranges->size() == 1)
                reply.add("Content-Range", "bytes " + std::to_string(ranges->front().first) + '-' +
                                               std::to_string(ranges->front().last) + '/' + std::to_string(size));
            body.ranges = std::move(*ranges);
        }
    }
    reply.body = std::move(body);
    return reply;
}

Reply reply_to_get(Exchange& exchange, Got got) {
    if (!got.outcome.not_modified) return file_reply(exchange, std::move(got));
    Reply reply;
    reply.status = Status::not_modified;
    reply.fields.reserve(room_for_fields);
    add_validators(exchange, reply, got.outcome.info);
    reply.fields += as_it_is;
    // A browser puts them in the place of those it keeps with the file, which may be older than these rules.
    add_browser_rules(exchange, reply, got.media_type);
    return reply;
}

/// A page has no validators, so no condition finds it unchanged.
bool is_page(const engine::GetOutcome& outcome) {
    return outcome.info.collection;
}

std::optional<Reply> icon_instead(const Exchange& exchange, const engine::Refusal& refusal) {
    if (refusal.failure.code != FailureCode::not_found) return std::nullopt;
    return favicon(exchange);
}

}  // namespace

// Inline when everything is in memory, on a worker when the disk has to be asked (docs/architecture.md, threads).
std::optional<Reply> get_at_once(Exchange& exchange) {
    const auto target = decode_target(exchange);
    if (!target) return refuse(exchange, engine::Refusal(target.error()));
    if (target->if_header()) return std::nullopt;  // may look at other resources, and wait for them
    auto got = look_for(exchange, *target, store::Waiting::refused);
    if (got) return is_page(got->outcome) ? std::nullopt : std::optional(reply_to_get(exchange, std::move(*got)));
    if (got.error().failure.code == FailureCode::would_block) return std::nullopt;
    if (auto icon = icon_instead(exchange, got.error())) return icon;
    return refuse(exchange, got.error());
}

Task<Reply> handle_get(Exchange& exchange) {
    const auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    auto got =
        co_await exchange.shared.workers.run([&] { return look_for(exchange, *target, store::Waiting::allowed); });
    if (!got) {
        auto icon = icon_instead(exchange, got.error());
        co_return icon ? std::move(*icon) : refuse(exchange, got.error());
    }
    if (is_page(got->outcome) && asks_for_davmount(exchange)) co_return davmount(exchange);
    if (is_page(got->outcome)) co_return co_await html_listing(exchange);
    co_return reply_to_get(exchange, std::move(*got));
}

}  // namespace davit::http

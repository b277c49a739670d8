// PROPFIND (RFC 4918, 9.1), streamed.
#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/property_answer.hpp"
#include "davit/xml/bodies.hpp"

namespace davit::http {
namespace {

constexpr std::size_t window = 64 * 1024;

/// Fills the writer's windows from the cursor: memory does not grow with the listing.
class Stream {
public:
    /// `exchange` outlives the stream: its record is written when the answer has gone out.
    Stream(Exchange& exchange, engine::Propfind cursor, PropertyAnswer answer, bool skip_root)
        : exchange_(exchange),
          cursor_(std::move(cursor)),
          answer_(std::move(answer)),
          context_(exchange.body_context()),
          skip_root_(skip_root) {}

    bool fill(std::string& out) {
        if (!std::exchange(opened_, true)) xml::open_multistatus(out);
        while (out.size() < window) {
            if (!cursor_.next(member_)) {
                xml::close_multistatus(out);
                return false;
            }
            if (std::exchange(skip_root_, false)) continue;  // RFC 8144, 3.2: the root comes first
            if (!member_.info) note_failure(exchange_, member_.path, member_.info.error());
            answer_.append(out, member_, context_);
        }
        return true;
    }

private:
    Exchange& exchange_;
    engine::Propfind cursor_;
    PropertyAnswer answer_;
    xml::BodyContext context_;
    bool skip_root_;
    bool opened_ = false;
    engine::Member member_;
};

Task<Result<PropfindBody>> decode_body(Exchange& exchange) {
    if (!exchange.body.present()) co_return PropfindBody{};
    if (auto type = check_xml_media_type(exchange); !type) co_return std::unexpected(type.error());
    const auto text = co_await exchange.body.read_all(exchange.shared.options.limits.xml_body_bytes);
    if (!text) co_return std::unexpected(text.error());
    co_return xml::parse_propfind(*text);
}

}  // namespace

Task<Reply> handle_propfind(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    const auto depth = decode_depth(exchange, Depth::infinity);
    if (!depth) co_return refuse(exchange, engine::Refusal(depth.error()));
    const auto asked = co_await decode_body(exchange);
    if (!asked) co_return refuse(exchange, engine::Refusal(asked.error()));

    const auto wanted = decode_preferences(exchange);
    PropertyAnswer answer(exchange.services(), *asked, wanted.minimal);
    const engine::PropfindRequest request{std::move(*target), *depth, answer.wants_stored()};
    auto cursor =
        co_await exchange.shared.workers.run([&] { return engine::Propfind::begin(exchange.services(), request); });
    if (!cursor) co_return refuse(exchange, cursor.error());

    Reply reply;
    reply.status = Status::multi_status;
    reply.add("Content-Type", "application/xml; charset=utf-8");
    if (wanted.minimal || wanted.depth_noroot) {
        std::string applied = wanted.minimal ? "return=minimal" : "";
        if (wanted.depth_noroot) applied += applied.empty() ? "depth-noroot" : ", depth-noroot";
        reply.add("Preference-Applied", applied);
        reply.add("Vary", "Prefer, Brief");
    }
    auto stream = std::make_shared<Stream>(exchange, std::move(*cursor), std::move(answer),
                                           wanted.depth_noroot && *depth != Depth::zero);
    reply.body = Producer([stream](std::string& out) { return stream->fill(out); });
    co_return reply;
}

}  // namespace davit::http

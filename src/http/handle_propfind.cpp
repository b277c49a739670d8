// PROPFIND (RFC 4918, 9.1), streamed.
#include <algorithm>
#include <array>

#include "davit/engine/methods.hpp"
#include "davit/http/decode.hpp"
#include "davit/http/error_reply.hpp"
#include "davit/http/method_table.hpp"
#include "davit/http/property_answer.hpp"
#include "davit/xml/bodies.hpp"
#include "gzip.hpp"

namespace davit::http {
namespace {

constexpr std::size_t listing_window = 64 * 1024;

using Form = std::shared_ptr<const PropertyAnswer>;

Result<Form> make_form(const engine::Services& services, const std::string& body, bool minimal) {
    const auto asked = xml::parse_propfind(body);
    if (!asked) return std::unexpected(asked.error());
    return std::make_shared<const PropertyAnswer>(services, *asked, minimal);
}

/// Clients ask for the same properties again and again: the last few bodies of a loop, word for word, and what they
/// were understood as.
class Forms {
public:
    Result<Form> of(const engine::Services& services, const std::string& body, bool minimal) {
        for (const auto& each : known_)
            if (each.form && each.services == &services && each.minimal == minimal && each.body == body)
                return each.form;
        auto form = make_form(services, body, minimal);
        if (form && body.size() <= largest) known_[next_++ % known_.size()] = {&services, body, minimal, *form};
        return form;
    }

private:
    static constexpr std::size_t largest = 4096;
    struct Known {
        const engine::Services* services = nullptr;
        std::string body;
        bool minimal = false;
        Form form;
    };
    std::array<Known, 8> known_;
    std::size_t next_ = 0;
};

Result<Form> form_at_once(const Exchange& exchange, const std::string& body, bool minimal) {
    thread_local Forms forms;
    return forms.of(exchange.services(), body, minimal);
}

Task<Result<Form>> form_of(const Exchange& exchange, const std::string& body, bool minimal) {
    if (body.size() <= RequestBody::small) co_return form_at_once(exchange, body, minimal);
    co_return co_await exchange.shared.workers.run([&] { return make_form(exchange.services(), body, minimal); });
}

/// The properties of one resource stay in memory until the client has read them. False when the budget has no room.
bool hold_properties(const Exchange& exchange, MemoryBudget::Share& memory, std::size_t bytes) {
    return memory.try_hold(bytes > small_share ? bytes : 0,
                           limit_for_answer(bytes, exchange.options().limits.memory_bytes));
}

/// Fills the writer's windows from the cursor: memory does not grow with the listing.
class Stream {
public:
    /// `exchange` outlives the stream: its record is written when the answer has gone out.
    Stream(Exchange& exchange, std::unique_ptr<MemoryBudget::Share> memory, engine::Propfind cursor, Form answer,
           bool skip_root)
        : exchange_(exchange),
          memory_(std::move(memory)),
          cursor_(std::move(cursor)),
          answer_(std::move(answer)),
          caller_(exchange.caller()),
          context_(exchange.body_context()),
          skip_root_(skip_root) {}

    bool fill(std::string& out) {
        if (!std::exchange(opened_, true)) xml::open_multistatus(out);
        while (out.size() < listing_window) {
            if (entry_) {
                if (!entry_->append(out, listing_window)) return true;
                entry_.reset();
                continue;
            }
            if (!cursor_.next(member_)) {
                xml::close_multistatus(out);
                return false;
            }
            if (std::exchange(skip_root_, false)) continue;                      // RFC 8144, 3.2: the root comes first
            if (!answer_->selection().wants_media_type()) member_.utf8 = false;  // without a look at the file
            if (!member_.info) note_failure(exchange_, member_.path, member_.info.error());
            if (const auto* failure = cursor_.unlisted()) note_failure(exchange_, member_.path, *failure);
            if (!hold_properties(exchange_, *memory_, member_.properties.bytes())) throw std::bad_alloc();
            entry_.emplace(*answer_, member_, caller_, context_);
        }
        return true;
    }

private:
    Exchange& exchange_;
    std::unique_ptr<MemoryBudget::Share> memory_;  ///< of `member_`
    engine::Propfind cursor_;
    Form answer_;
    engine::Caller caller_;
    xml::BodyContext context_;
    bool skip_root_;
    bool opened_ = false;
    engine::Member member_;
    std::optional<PropertyAnswer::Entry> entry_;  ///< of `member_`, while it is being written
};

/// The link that the Request-URI names.
std::optional<ResourcePath> shown_as(const Exchange& exchange) {
    const auto& path = exchange.shown_path();
    return &path == &exchange.path ? std::nullopt : std::optional(path);
}

Task<Result<std::string>> read_body(Exchange& exchange) {
    if (!exchange.body.present()) co_return std::string();
    co_return co_await exchange.body.read_all(exchange.options().limits.xml_body_bytes);
}

/// How a file's text begins, where its type asks for that. False: a worker has to be asked.
bool look_at_text(const Exchange& exchange, bool wanted, engine::Member& member) {
    member.utf8 = false;
    if (!wanted || member.info->collection) return true;
    const auto& services = exchange.services();
    if (!engine::may_need_charset(engine::media_type(services.policy, member.shown()))) return true;
    const auto utf8 = services.resources.begins_as_utf8(member.canonical(), *member.info, store::Waiting::refused);
    if (!utf8) return utf8.error().code != FailureCode::would_block;
    member.utf8 = *utf8;
    return true;
}

Reply begin_reply(const Exchange& exchange, const headers::Preferences& wanted, bool collection) {
    Reply reply;
    reply.status = Status::multi_status;
    reply.fields = "Content-Type: application/xml; charset=utf-8\r\n";
    if (wanted.minimal || wanted.depth_noroot) {
        std::string applied = wanted.minimal ? "return=minimal" : "";
        if (wanted.depth_noroot) applied += applied.empty() ? "depth-noroot" : ", depth-noroot";
        reply.add("Preference-Applied", applied);
        reply.add("Vary", "Prefer, Brief");
    }
    add_content_location(exchange, reply, collection);
    return reply;
}

}  // namespace

/// Depth 0 of what is in memory. Everything else, and every mistake, is the handler's.
std::optional<Reply> propfind_at_once(Exchange& exchange) {
    if (exchange.field(Field::depth) != "0" || exchange.has(Field::if_)) return std::nullopt;
    static const std::string nothing;
    const auto* body = &nothing;
    if (exchange.body.present()) {
        body = exchange.body.whole_at_once(
            std::min<std::uint64_t>(exchange.options().limits.xml_body_bytes, RequestBody::small));
        if (!body || body->empty()) return std::nullopt;
    }
    const auto wanted = decode_preferences(exchange);
    const auto form = form_at_once(exchange, *body, wanted.minimal);
    if (!form) return std::nullopt;
    engine::PropfindRequest request{{exchange.path, {}, exchange.caller(), {}, exchange.target_has_slash()},
                                    Depth::zero,
                                    (*form)->selection().wants_stored(),
                                    shown_as(exchange)};
    auto member = engine::look_at(exchange.services(), request, store::Waiting::refused);
    // Finder asks for "._name" beside every name: the kernel knows well which names there are not.
    if (!member && member.error().failure.code == FailureCode::not_found) return refuse(exchange, member.error());
    if (!member || !look_at_text(exchange, (*form)->selection().wants_media_type(), *member)) return std::nullopt;
    auto reply = begin_reply(exchange, wanted, member->info->collection);
    std::string text;
    text.reserve(2048);
    xml::open_multistatus(text);
    (*form)->append(text, *member, request.target.caller, exchange.body_context());
    xml::close_multistatus(text);
    // A large answer may stay in memory for long: it goes out as a stream, which the memory budget can refuse.
    if (text.size() > small_share) return std::nullopt;
    reply.body = std::move(text);
    return reply;
}

Task<Reply> handle_propfind(Exchange& exchange) {
    auto target = decode_target(exchange);
    if (!target) co_return refuse(exchange, engine::Refusal(target.error()));
    const auto depth = decode_propfind_depth(exchange);
    if (!depth) co_return refuse(exchange, engine::Refusal(depth.error()));
    if (exchange.body.is_large()) {  // is there anything to find? Reading takes no claim
        const auto member = co_await exchange.shared.workers.run(
            [&] { return engine::look_at(exchange.services(), {*target, depth->depth}, store::Waiting::allowed); });
        if (!member) co_return refuse(exchange, member.error());
    }
    const auto body = co_await read_body(exchange);
    if (!body) co_return refuse(exchange, engine::Refusal(body.error()));
    const auto wanted = decode_preferences(exchange);
    const auto form = co_await form_of(exchange, *body, wanted.minimal);
    if (!form) co_return refuse(exchange, engine::Refusal(form.error()));

    const engine::PropfindRequest request{std::move(*target), depth->depth, (*form)->selection().wants_stored(),
                                          shown_as(exchange)};
    auto memory = std::make_unique<MemoryBudget::Share>(exchange.shared.memory);
    auto cursor = co_await exchange.shared.workers.run([&]() -> engine::Answer<engine::Propfind> {
        auto begun = engine::Propfind::begin(exchange.services(), request);
        if (begun && !hold_properties(exchange, *memory, begun->property_bytes()))
            return std::unexpected(engine::Refusal(memory_failure()));
        return begun;
    });
    if (!cursor) co_return refuse(exchange, cursor.error());
    auto reply = begin_reply(exchange, wanted, cursor->of_collection());
    offer_gzip(exchange, reply);
    auto stream = std::make_shared<Stream>(exchange, std::move(memory), std::move(*cursor), *form,
                                           depth->noroot || (wanted.depth_noroot && depth->depth != Depth::zero));
    reply.body = Producer([stream](std::string& out) { return stream->fill(out); });
    co_return reply;
}

}  // namespace davit::http

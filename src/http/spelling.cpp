#include "davit/http/spelling.hpp"

#include <algorithm>

#include "davit/http/decode.hpp"

namespace davit::http {
namespace {

using Paths = std::vector<ResourcePath>;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

/// A field whose URLs may have bytes beyond ASCII; they may stand there as they are or encoded.
bool may_be_beyond_ascii(std::string_view field) {
    for (auto at = field.find('%'); at != field.npos; at = field.find('%', at + 1))
        if (at + 1 < field.size() && std::string_view("89abcdefABCDEF").contains(field[at + 1])) return true;
    return !is_ascii(field);
}

/// What the request names beyond ASCII. Mistakes are the handler's to find.
Paths named(const Exchange& exchange) {
    Paths paths;
    if (!is_ascii(exchange.path.str())) paths.push_back(exchange.path);
    if (exchange.has(Field::destination) && may_be_beyond_ascii(exchange.field(Field::destination)))
        if (auto destination = decode_destination_as_named(exchange)) paths.push_back(std::move(*destination));
    if (exchange.has(Field::if_) && may_be_beyond_ascii(exchange.joined(Field::if_))) {
        const auto conditions = decode_preconditions(exchange);
        if (conditions && conditions->if_header)
            for (const auto& list : conditions->if_header->lists)
                if (list.tag && list.tag->path) paths.push_back(*list.tag->path);
    }
    return paths;
}

/// False: the disk has to be waited for.
bool look_up(Exchange& exchange, Paths paths, store::Waiting waiting) {
    for (auto& path : paths) {
        auto spelled = exchange.services().resources.spelling(path, waiting);
        if (!spelled) return false;
        // A home has the very name of its user, whatever else is there that looks like it.
        if (*spelled != path && exchange.mapping.tree.contains(*spelled))
            exchange.spellings.emplace_back(std::move(path), std::move(*spelled));
    }
    auto here = exchange.spelled(exchange.path);
    if (here == exchange.path) return true;
    exchange.path_as_asked = std::exchange(exchange.path, std::move(here));
    return true;
}

Paths begin(Exchange& exchange) {
    exchange.spellings.clear();
    exchange.path_as_asked.reset();
    return named(exchange);
}

}  // namespace

bool find_spellings_at_once(Exchange& exchange) {
    auto paths = begin(exchange);
    return paths.empty() || look_up(exchange, std::move(paths), store::Waiting::refused);
}

Task<> find_spellings(Exchange& exchange) {
    auto paths = begin(exchange);
    if (paths.empty()) co_return;
    (void)co_await exchange.shared.workers.run(
        [&] { return look_up(exchange, std::move(paths), store::Waiting::allowed); });
}

}  // namespace davit::http

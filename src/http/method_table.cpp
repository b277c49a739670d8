#include "davit/http/method_table.hpp"

#include <algorithm>
#include <array>

#include "davit/http/error_reply.hpp"

namespace davit::http {
namespace {

using enum Right;
constexpr MethodRow reading(std::string_view name, Handler handler, HandlerAtOnce at_once) {
    return {.name = name, .handler = handler, .writes = false, .needs = read, .at_once = at_once};
}

constexpr std::array rows{
    MethodRow{.name = "OPTIONS", .handler = handle_options, .writes = false, .needs = read, .for_all_users = true},
    reading("GET", handle_get, get_at_once),
    reading("HEAD", handle_get, get_at_once),
    MethodRow{.name = "PUT", .handler = handle_put, .writes = true, .needs = write, .at_once = put_at_once},
    MethodRow{.name = "PATCH", .handler = handle_patch, .writes = true, .needs = read | write},
    MethodRow{.name = "DELETE",
              .handler = handle_delete,
              .writes = true,
              .needs = remove,
              .reach = Reach::tree,
              .last_link = store::LastLink::kept},
    MethodRow{.name = "MKCOL", .handler = handle_mkcol, .writes = true, .needs = write, .needs_with_body = properties},
    MethodRow{.name = "COPY",
              .handler = handle_copy,
              .writes = true,
              .needs = read,
              .reach = Reach::by_depth,
              .needs_at_destination = write},
    MethodRow{.name = "MOVE",
              .handler = handle_move,
              .writes = true,
              .needs = read | remove,
              .reach = Reach::tree,
              .needs_at_destination = write,
              .last_link = store::LastLink::kept},
    reading("PROPFIND", handle_propfind, propfind_at_once),
    MethodRow{.name = "PROPPATCH", .handler = handle_proppatch, .writes = true, .needs = properties},
    MethodRow{.name = "LOCK",
              .handler = handle_lock,
              .writes = true,
              .needs = lock | write,
              .reach = Reach::by_depth_with_body,
              .at_once = lock_at_once},
    MethodRow{.name = "UNLOCK", .handler = handle_unlock, .writes = true, .needs = lock, .at_once = unlock_at_once},
};

static_assert(std::ranges::none_of(rows, [](const MethodRow& row) { return row.needs.empty(); }),
              "what needs no right is open to everybody");

template <typename Keep>
std::string join(bool read_only, Keep keep) {
    std::string list;
    for (const auto& row : rows) {
        if ((read_only && row.writes) || !keep(row)) continue;
        if (!list.empty()) list += ", ";
        list += row.name;
    }
    return list;
}

/// Where the asker may not look, Allow does not tell whether something is there.
std::string allow_by_rights(bool read_only, Rights rights) {
    return join(read_only, [&](const MethodRow& row) { return row.for_all_users || rights.has(row.needs); });
}

}  // namespace

/// What lies above several exports is as good as the best of them.
bool somewhere_writable(const Exchange& exchange) {
    const auto writable = [](const auto& each) { return !each->services.policy.read_only; };
    if (exchange.where == &exchange.shared.whole && std::ranges::any_of(exchange.shared.exports, writable)) return true;
    return !(exchange.is_above() ? exchange.settings.services : exchange.services()).policy.read_only;
}

const MethodRow* find_method(std::string_view name) {
    const auto row = std::ranges::find(rows, name, &MethodRow::name);
    return row == rows.end() ? nullptr : &*row;
}

std::span<const std::string_view> method_names() {
    static constexpr auto names = [] {
        std::array<std::string_view, rows.size()> all;
        for (std::size_t i = 0; i < rows.size(); ++i) all[i] = rows[i].name;
        return all;
    }();
    return names;
}

std::string_view allow_all(bool read_only) {
    static const std::string full = join(false, [](auto) { return true; });
    static const std::string reading = join(true, [](auto) { return true; });
    return read_only ? reading : full;
}

std::string allow_for(const std::optional<store::ResourceInfo>& info, bool read_only, Rights rights) {
    return join(read_only, [&](const MethodRow& row) {
        const auto method = row.name;
        if (!row.for_all_users && !rights.has(row.needs)) return false;
        if (!info) return method == "OPTIONS" || method == "PUT" || method == "MKCOL" || method == "LOCK";
        if (method == "MKCOL") return false;
        return !info->collection || (method != "PUT" && method != "PATCH");
    });
}

Task<AllowHere> allow_here(Exchange& exchange) {
    const bool read_only = exchange.services().policy.read_only;
    const auto rights = exchange.caller().rights(exchange.path);
    if (!exchange.caller().may_read(exchange.path)) co_return AllowHere{allow_by_rights(read_only, rights), {}};
    const auto info =
        co_await exchange.shared.workers.run([&] { return exchange.services().resources.stat(exchange.path); });
    auto found = info ? std::optional(*info) : std::nullopt;
    auto methods = allow_for(found, read_only, rights);
    co_return AllowHere{std::move(methods), found};
}

Task<Reply> handle_options(Exchange& exchange) {
    Reply reply;
    // The same classes for every path: Office asks for files, their parents and the root and wants class 2 everywhere.
    const bool writable = somewhere_writable(exchange);
    reply.add("DAV", writable ? "1, 2, 3, extended-mkcol, sabredav-partialupdate, <http://apache.org/dav/propset/fs/1>"
                              : "1, 3");
    if (!exchange.services().policy.read_only) reply.add("Accept-Patch", partial_update_type);
    reply.add("MS-Author-Via", "DAV");
    reply.add("Accept-Ranges", "bytes");
    if (exchange.target() == "*") {
        reply.add("Allow", allow_all(!somewhere_writable(exchange)));
    } else {
        const auto here = co_await allow_here(exchange);
        if (here.info && !here.info->collection && exchange.target_has_slash())
            co_return refuse(exchange, FailureCode::not_found,
                             "There is no collection at this URL: it is a file's, without the slash.");
        reply.add("Allow", here.methods);
        if (here.info) add_content_location(exchange, reply, here.info->collection);
    }
    reply.body = std::string();
    co_return reply;
}

}  // namespace davit::http

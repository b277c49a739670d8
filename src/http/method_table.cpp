#include "davit/http/method_table.hpp"

#include <algorithm>
#include <array>

namespace davit::http {
namespace {

constexpr std::array rows{
    MethodRow{"OPTIONS", handle_options, false},
    MethodRow{"GET", handle_get, false, get_at_once},
    MethodRow{"HEAD", handle_get, false, get_at_once},
    MethodRow{"PUT", handle_put, true},
    MethodRow{"PATCH", handle_patch, true},
    MethodRow{"DELETE", handle_delete, true},
    MethodRow{"MKCOL", handle_mkcol, true},
    MethodRow{"COPY", handle_copy, true},
    MethodRow{"MOVE", handle_move, true},
    MethodRow{"PROPFIND", handle_propfind, false, propfind_at_once},
    MethodRow{"PROPPATCH", handle_proppatch, true},
    MethodRow{"LOCK", handle_lock, true},
    MethodRow{"UNLOCK", handle_unlock, true},
};

template <typename Keep>
std::string join(bool read_only, Keep keep) {
    std::string list;
    for (const auto& row : rows) {
        if ((read_only && row.writes) || !keep(row.name)) continue;
        if (!list.empty()) list += ", ";
        list += row.name;
    }
    return list;
}

}  // namespace

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

std::string allow_for(const std::optional<store::ResourceInfo>& info, bool read_only) {
    return join(read_only, [&](std::string_view method) {
        if (!info) return method == "OPTIONS" || method == "PUT" || method == "MKCOL" || method == "LOCK";
        if (method == "MKCOL") return false;
        return !info->collection || (method != "PUT" && method != "PATCH");
    });
}

Task<Reply> handle_options(Exchange& exchange) {
    const bool read_only = exchange.services().policy.read_only;
    Reply reply;
    // The same classes for every path: Office asks for files, their parents and the root and wants class 2 everywhere.
    reply.add("DAV", read_only ? "1, 3"
                               : "1, 2, 3, extended-mkcol, sabredav-partialupdate, "
                                 "<http://apache.org/dav/propset/fs/1>");
    if (!read_only) reply.add("Accept-Patch", partial_update_type);
    reply.add("MS-Author-Via", "DAV");
    reply.add("Accept-Ranges", "bytes");
    if (exchange.target() == "*") {
        reply.add("Allow", allow_all(read_only));
    } else {
        const auto info =
            co_await exchange.shared.workers.run([&] { return exchange.services().resources.stat(exchange.path); });
        reply.add("Allow", allow_for(info ? std::optional(*info) : std::nullopt, read_only));
    }
    reply.body = std::string();
    co_return reply;
}

}  // namespace davit::http

#include "davit/http/html_listing.hpp"

#include <algorithm>
#include <utility>

#include "browser_rules.hpp"
#include "davit/http/error_reply.hpp"
#include "gzip.hpp"

namespace davit::http {
namespace {

constexpr std::size_t page_window = 64 * 1024;

void append_page_head(std::string& out, const std::string& title) {
    out += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
    xml::append_escaped_text(out, title);
    out += "</title></head><body><h1>";
    xml::append_escaped_text(out, title);
    out += "</h1><p><a href=\"?davmount\">Mount this folder</a></p><ul>\n";
}

void append_item(std::string& out, const std::string& href, std::string_view name, bool collection,
                 std::uint64_t size) {
    out += "<li><a href=\"";
    xml::append_escaped_attribute(out, href);
    out += "\">";
    xml::append_escaped_text(out, name);
    out += collection ? "/</a></li>\n" : "</a> " + std::to_string(size) + "</li>\n";
}

void append_page_begin(std::string& out, const Exchange& exchange, const Hrefs& hrefs) {
    const auto url = exchange.mapping.to_url(exchange.asked_path());
    append_page_head(out, url.is_root() ? "/" : std::string(url.name()) + "/");
    if (!url.is_root()) append_item(out, hrefs.above_request(), "..", true, 0);
}

}  // namespace

Task<Reply> html_listing(Exchange& exchange) {
    auto listing = co_await exchange.shared.workers.run(
        [&] { return exchange.services().resources.list(exchange.path, store::ListingContent::info); });
    if (!listing) co_return refuse(exchange, engine::Refusal(listing.error()));
    Reply reply;
    reply.add("Content-Type", "text/html; charset=utf-8");
    reply.add(
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-downloads");
    reply.add("X-Content-Type-Options", "nosniff");
    add_resource_policy(exchange, reply);
    reply.add("Cache-Control", "no-cache");
    add_content_location(exchange, reply, true);
    offer_gzip(exchange, reply);
    // The exchange, and with it what the caller may read, outlives the answer.
    reply.body = Producer([cursor = std::shared_ptr<store::Listing>(std::move(*listing)), &exchange, first = true,
                           asker = exchange.caller(), hrefs = exchange.hrefs()](std::string& out) mutable {
        const auto& path = exchange.path;
        if (std::exchange(first, false)) append_page_begin(out, exchange, hrefs);
        store::Entry entry;
        while (out.size() < page_window) {
            const auto more = cursor->next(entry);
            if (!more) throw std::runtime_error(more.error().sentence);
            if (!*more) {
                out += "</ul></body></html>\n";
                return false;
            }
            const bool shown = asker.may_read(path.child(entry.name)) &&
                               (!entry.target || asker.may_see(*entry.target)) &&
                               std::ranges::all_of(entry.via, [&](const auto& link) { return asker.may_see(link); });
            if (entry.info && shown)
                append_item(out, hrefs.of(path.child(entry.name), entry.info->collection), entry.name,
                            entry.info->collection, entry.info->size);
        }
        return true;
    });
    co_return reply;
}

}  // namespace davit::http

// Header fields and paths: no input may crash, and what is accepted keeps its invariants.
#include <cstdlib>

#include "davit/headers/base64.hpp"
#include "davit/headers/fields.hpp"
#include "davit/headers/forwarded.hpp"
#include "davit/headers/negotiation.hpp"
#include "davit/headers/proxy_header.hpp"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

void check_path(const davit::ResourcePath& path) {
    const auto again = davit::ResourcePath::parse(path.href());
    check(again && *again == path);
    check(path.str().find("//") == std::string::npos && !path.str().starts_with('/') && !path.str().ends_with('/'));
    check(path.str() != ".." && !path.str().starts_with("../") && path.str().find("/../") == std::string::npos);
    check(path.str().find('\0') == std::string::npos && ("/" + path.str() + "/").find("/.davit/") == std::string::npos);
}

void check_part(const davit::Result<davit::Part>& part) {
    if (!part || part->from == davit::Part::From::end) return;
    const auto end = part->offset + part->length.value_or(0);
    check(end >= part->offset && (!part->total || end <= *part->total));
}

void check_digests(std::string_view text) {
    using namespace davit::headers;
    if (const auto digests = parse_digest_field(text))
        for (const auto& digest : *digests) {
            const auto again = parse_digest_field(digest_member(digest));
            check(again && again->size() == 1 && again->front() == digest);
        }
    (void)parse_oc_checksum(text);
    (void)parse_want_digest(text);
    if (const auto bytes = from_base64(text)) check(from_base64(to_base64(*bytes)) == *bytes);
}

void check_authorization(std::string_view text) {
    using namespace davit::headers;
    if (const auto credentials = parse_authorization(text))
        check(!credentials->scheme.empty() && !credentials->rest.empty());
    (void)parse_authorization_parameters(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit::headers;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const PublicAddress address{"/dav", false, {"example.com"}};
    if (const auto path = davit::ResourcePath::parse(text)) {
        check_path(*path);
        const davit::WrittenPath written(text);
        check(davit::ResourcePath::parse(written.text()) == path && !written.text().starts_with("//"));
        check(written.text().find_first_of("<>\"\r\n ") == std::string::npos && written.depth() == path->depth());
    }
    if (const auto path = parse_request_target(text, address)) check_path(*path);
    if (const auto path = parse_reference(text, address, "localhost:80")) check_path(*path);
    if (const auto header = parse_if(text, address, "localhost"))
        for (const auto& list : header->lists) check(!list.conditions.empty());
    if (const auto ranges = parse_range(text, 1000))
        for (const auto& range : *ranges) check(range.first <= range.last && range.last < 1000);
    (void)parse_depth(text);
    (void)parse_propfind_depth(text);
    (void)parse_overwrite(text);
    (void)parse_timeout(text);
    (void)parse_lock_token(text);
    (void)parse_entity_tags(text);
    (void)parse_http_date(text);
    (void)parse_prefer(text);
    (void)accepts_gzip(text);
    (void)parse_forwarded(text);
    (void)parse_x_forwarded_for(text);
    (void)parse_x_forwarded_host(text);
    const auto prefix = parse_x_forwarded_prefix(text);
    check(prefix.find_first_of("<>\"\r\n ") == std::string::npos);
    check_part(parse_update_range(text));
    check_part(parse_content_range(text));
    check_digests(text);
    check_authorization(text);
    (void)parse_node(text);
    (void)parse_public_url(text);
    (void)parse_proxy_line(text);
    (void)parse_proxy_block(text);
    return 0;
}

// Header fields and paths: no input may crash, and what is accepted keeps its invariants.
#include <cstdlib>

#include "davit/headers/fields.hpp"
#include "davit/headers/forwarded.hpp"
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
    check(path.str().find('\0') == std::string::npos && !path.str().starts_with(".davit/") && path.str() != ".davit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit::headers;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const PublicAddress address{"/dav", false, {"example.com"}};
    if (const auto path = davit::ResourcePath::parse(text)) check_path(*path);
    if (const auto path = parse_request_target(text, address)) check_path(*path);
    if (const auto path = parse_reference(text, address, "localhost:80")) check_path(*path);
    if (const auto header = parse_if(text, address, "localhost"))
        for (const auto& list : header->lists) check(!list.conditions.empty());
    if (const auto ranges = parse_range(text, 1000))
        for (const auto& range : *ranges) check(range.first <= range.last && range.last < 1000);
    (void)parse_depth(text);
    (void)parse_overwrite(text);
    (void)parse_timeout(text);
    (void)parse_lock_token(text);
    (void)parse_entity_tags(text);
    (void)parse_http_date(text);
    (void)parse_prefer(text);
    (void)parse_forwarded(text);
    (void)parse_x_forwarded_for(text);
    (void)parse_x_forwarded_host(text);
    const auto prefix = parse_x_forwarded_prefix(text);
    check(prefix.find_first_of("<>&\"'\r\n ") == std::string::npos);
    (void)parse_public_url(text);
    (void)parse_proxy_line(text);
    (void)parse_proxy_block(text);
    return 0;
}

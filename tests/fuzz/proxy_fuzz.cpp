// What a proxy says of its client: the PROXY protocol's header before the first request, and Forwarded in its head.
#include "davit/headers/proxy_header.hpp"
#include "loopback.hpp"

namespace {

davit::http::ServerOptions behind_a_proxy() {
    davit::http::ServerOptions options;
    options.proxy_protocol = true;
    for (const auto* each : {"127.0.0.1", "192.0.2.0/24"}) davit::fuzz::check(options.trusted_proxies.add(each));
    return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit;
    static fuzz::Loopback server(behind_a_proxy(), http::dispatch_dav, http::dispatch_dav_at_once, true);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz::check_answer(server.serve(fuzz::pieces_of(text)));
    for (const auto& client : {headers::parse_proxy_line(text), headers::parse_proxy_block(text)})
        fuzz::check(!client || client->address.empty() || IpAddress::parse(client->address));
    return 0;
}

// Requests on the control socket.
#include "davit/http/management.hpp"
#include "loopback.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit;
    static http::Metrics metrics;
    static http::RecentFailures failures(10);
    static http::Management* managed = nullptr;
    static fuzz::Loopback server(
        {}, [](http::Exchange& exchange) { return http::handle_control(*managed, exchange); }, nullptr, false);
    static http::Management management{metrics, failures, server.shared().whole.services.locks, [] { return 0U; },
                                       [] { return store::TrashUsage(); }};
    managed = &management;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto answer = server.serve(fuzz::pieces_of(text), "uid=0 pid=1");
    fuzz::check_answer(answer);
    fuzz::check(!answer.starts_with("HTTP/1.1 500"));
    return 0;
}

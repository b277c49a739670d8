// Whole requests of a DAV client: heads, bodies, ranges, conditions, locks. No input may end in a 500.
#include "loopback.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace davit;
    static fuzz::Loopback server({}, http::dispatch_dav, http::dispatch_dav_at_once, true);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz::check_answer(server.serve(fuzz::pieces_of(text)));
    return 0;
}

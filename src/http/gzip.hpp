#pragma once
// Answers that are made piece by piece, as gzip (RFC 1952).
#include <zlib.h>

#include <string>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Whatever a Producer makes for this answer is gzip for whoever takes that (server.compress).
void offer_gzip(const Exchange& exchange, Reply& reply);

/// Takes 128 KiB whatever the length of the answer.
class Gzip {
public:
    /// Throws std::bad_alloc.
    Gzip();
    ~Gzip();
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    /// Puts its compressed form in the place of the piece, whole, so that whoever receives it can read that far. After
    /// the `last` there is no other.
    void compress(std::string& piece, bool last);

private:
    z_stream stream_{};
    std::string out_;
};

}  // namespace davit::http

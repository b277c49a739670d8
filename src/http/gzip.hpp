#pragma once
// Compresses streamed responses with gzip (RFC 1952).
#include <zlib.h>

#include <string>

#include "davit/http/exchange.hpp"

namespace davit::http {

/// Makes a Producer's response gzip if the client accepts that (server.compress).
void offer_gzip(const Exchange& exchange, Reply& reply);

/// Needs 128 KiB whatever the length of the response.
class Gzip {
public:
    /// Throws std::bad_alloc.
    Gzip();
    ~Gzip();
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    /// Replaces the piece by its complete compressed form, so that the receiver can decode everything up to here. No
    /// piece follows the `last` one.
    void compress(std::string& piece, bool last);

private:
    z_stream stream_{};
    std::string out_;
};

}  // namespace davit::http

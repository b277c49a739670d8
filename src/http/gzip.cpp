#include "gzip.hpp"

#include <array>
#include <new>
#include <stdexcept>

#include "davit/headers/negotiation.hpp"

namespace davit::http {
namespace {

// XML that says the same again and again: the first level makes a seventeenth of it, the best a twenty-third in five
// times the time.
constexpr int level = 1;
constexpr int window_bits = 14 + 16;  // and gzip's frame
constexpr int memory_level = 7;

}  // namespace

void offer_gzip(const Exchange& exchange, Reply& reply) {
    if (!exchange.options().compress) return;
    reply.add("Vary", "Accept-Encoding");
    reply.gzip = headers::accepts_gzip(exchange.joined(Field::accept_encoding));
}

Gzip::Gzip() {
    if (deflateInit2(&stream_, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

Gzip::~Gzip() {
    deflateEnd(&stream_);
}

void Gzip::compress(std::string& piece, bool last) {
    stream_.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_in = static_cast<uInt>(piece.size());
    out_.clear();
    std::array<Bytef, 16 * 1024> room;
    do {
        stream_.next_out = room.data();
        stream_.avail_out = static_cast<uInt>(room.size());
        if (deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH) == Z_STREAM_ERROR) throw std::logic_error("deflate");
        out_.append(reinterpret_cast<const char*>(room.data()), room.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    piece.swap(out_);
}

}  // namespace davit::http

#include "favicon.hpp"

#include <array>
#include <cstdint>

namespace davit::http {
namespace {

constexpr std::size_t side = 16;

constexpr std::array<std::string_view, side> picture{
    "................", "..##########....", "..############..", "..###.....####..",
    "..###.......###.", "..###.......###.", "..###........##.", "..###........##.",
    "..###........##.", "..###........##.", "..###.......###.", "..###.......###.",
    "..###.....####..", "..############..", "..##########....", "................",
};

void append_number(std::string& out, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFFU);
}

/// One bit a pixel, rows from the bottom, each filled up to four bytes.
template <typename IsSet>
void append_rows(std::string& out, IsSet is_set) {
    for (auto row = picture.rbegin(); row != picture.rend(); ++row) {
        std::uint32_t bits = 0;
        for (const char pixel : *row) bits = bits << 1U | (is_set(pixel) ? 1U : 0U);
        append_number(out, bits >> 8U, 1);
        append_number(out, bits, 1);
        append_number(out, 0, 2);
    }
}

/// A directory of one image, which is a bitmap of two colours and a mask of what is transparent.
std::string make_icon() {
    constexpr std::uint32_t header = 40, colours = 2, row_bytes = 4;
    constexpr auto bits = side * row_bytes;
    constexpr auto image = static_cast<std::uint32_t>(header + 4 * colours + 2 * bits);
    std::string icon;
    for (const std::uint32_t word : {0U, 1U, 1U}) append_number(icon, word, 2);
    for (const std::uint32_t byte : {16U, 16U, colours, 0U}) append_number(icon, byte, 1);
    for (const std::uint32_t word : {1U, 1U}) append_number(icon, word, 2);
    for (const std::uint32_t size : {image, 22U, header, 16U, 32U}) append_number(icon, size, 4);  // height: both parts
    for (const std::uint32_t word : {1U, 1U}) append_number(icon, word, 2);
    for (const std::uint32_t field : {0U, static_cast<std::uint32_t>(2 * bits), 0U, 0U, colours, 0U})
        append_number(icon, field, 4);
    for (const std::uint32_t colour : {0xFFFFFFU, 0x1F5FBFU}) append_number(icon, colour, 4);
    append_rows(icon, [](char pixel) { return pixel == '#'; });
    append_rows(icon, [](char pixel) { return pixel != '#'; });
    return icon;
}

}  // namespace

std::optional<Reply> favicon(const Exchange& exchange) {
    const auto target = exchange.target();
    const auto method = exchange.head.method();
    if (target.substr(0, target.find('?')) != "/favicon.ico") return std::nullopt;
    if (method != beast_http::verb::get && method != beast_http::verb::head) return std::nullopt;
    static const auto icon = make_icon();
    Reply reply;
    reply.add("Content-Type", "image/x-icon");
    reply.add("Cache-Control", "max-age=86400");
    reply.body = icon;
    return reply;
}

}  // namespace davit::http

// A request with gaps: {n} the counter, {n8} in eight digits and without --modulo, {value} a line of a file, {token}
// the Lock-Token of the answer before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace load {

struct Gaps {
    std::uint64_t n;       ///< of the resource
    std::uint64_t serial;  ///< never the same twice
    std::string_view value, token;
};

class RequestTemplate {
public:
    explicit RequestTemplate(std::string_view text);
    void append(std::string& out, const Gaps& gaps) const;

private:
    enum class Gap : std::uint8_t { none, n, n8, value, token };
    struct Piece {
        std::string text;
        Gap gap;
    };
    std::vector<Piece> pieces_;
};

}  // namespace load

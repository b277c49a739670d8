#include "davit/headers/fields.hpp"
#include "davit/headers/scanner.hpp"

namespace davit::headers {
namespace {

struct DepthWords {
    std::string_view depth;
    bool noroot = false;
};

/// "1 , noroot" is "1" with noroot.
DepthWords split_noroot(std::string_view text) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos || !iequals(trim(text.substr(comma + 1)), "noroot")) return {trim(text)};
    return {trim(text.substr(0, comma)), true};
}

}  // namespace

Result<Depth> parse_depth(std::string_view text) {
    const auto words = split_noroot(text);
    if (words.noroot)
        return fail(FailureCode::bad_header, "Depth: noroot is allowed in PROPFIND only, after 1 or infinity.");
    if (words.depth == "0") return Depth::zero;
    if (words.depth == "1") return Depth::one;
    if (iequals(words.depth, "infinity")) return Depth::infinity;
    return fail(FailureCode::bad_header, "Depth: only 0, 1 and infinity are allowed (RFC 4918, 10.2).");
}

Result<PropfindDepth> parse_propfind_depth(std::string_view text) {
    const auto words = split_noroot(text);
    if (words.noroot && words.depth == "0")
        return fail(FailureCode::bad_header, "Depth: \"0,noroot\" selects no resource; send 0, or 1,noroot.");
    const auto depth = parse_depth(words.depth);
    if (!depth) return std::unexpected(depth.error());
    return PropfindDepth{*depth, words.noroot};
}

}  // namespace davit::headers

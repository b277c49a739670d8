#include "davit/core/gate.hpp"

namespace davit {
namespace {

struct GateRow {
    std::string_view name;
    std::string_view description;
};

constexpr std::array<GateRow, gate_count> gate_rows{{
    {"request", "target, Host and Origin are taken"},
    {"login", "the user gets in"},
    {"share", "the path belongs to a served folder"},
    {"path", "links and Unicode forms lead to one resource"},
    {"rules", "the access rules let the user do this"},
    {"header", "header fields and body make sense for the method"},
    {"read-only", "the server may write here"},
    {"if", "the If header holds"},
    {"existence", "the resource, its type and the collection above are as the method needs them"},
    {"name", "the name is kept here"},
    {"locks", "every lock in the way is submitted"},
    {"conditions", "If-Match, If-None-Match and the dates hold"},
    {"overwrite", "nothing is replaced against Overwrite: F"},
    {"room", "the disk has room, and the server the right to write"},
    {"commit", "nothing is left to ask: the change would be made"},
}};

}  // namespace

std::string_view name(Gate gate) {
    return gate_rows[static_cast<std::size_t>(gate)].name;
}

std::string_view description(Gate gate) {
    return gate_rows[static_cast<std::size_t>(gate)].description;
}

}  // namespace davit

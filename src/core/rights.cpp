#include "davit/core/rights.hpp"

#include <algorithm>
#include <array>

namespace davit {
namespace {

struct Row {
    Right right;
    std::string_view name;
    std::string_view privilege;
};
constexpr std::array rows{
    Row{Right::read, "read", "read"},
    Row{Right::write, "write", "write-content"},
    Row{Right::remove, "delete", "unbind"},
    Row{Right::lock, "lock", "unlock"},
    Row{Right::properties, "properties", "write-properties"},
};

}  // namespace

std::string_view name(Right right) {
    return std::ranges::find(rows, right, &Row::right)->name;
}

std::optional<Right> right_named(std::string_view name) {
    const auto row = std::ranges::find(rows, name, &Row::name);
    return row == rows.end() ? std::nullopt : std::optional(row->right);
}

std::string_view privilege(Right right) {
    return std::ranges::find(rows, right, &Row::right)->privilege;
}

}  // namespace davit

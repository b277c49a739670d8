#pragma once
// The rights of a user on a resource.
#include <cstdint>
#include <optional>
#include <string_view>

namespace davit {

enum class Right : std::uint8_t {
    read = 1,         ///< GET, PROPFIND, to be the source of a COPY
    write = 2,        ///< PUT, MKCOL, to be a Destination
    remove = 4,       ///< DELETE, to be the source of a MOVE, to be replaced by COPY or MOVE
    lock = 8,         ///< LOCK (with write: a lock is a write lock), UNLOCK
    properties = 16,  ///< PROPPATCH
};

/// A set of rights; a value.
class Rights {
public:
    constexpr Rights() = default;  ///< none
    constexpr Rights(Right right)  // NOLINT(google-explicit-constructor): one right is a set of one
        : bits_(static_cast<std::uint8_t>(right)) {}
    static constexpr Rights all() { return Rights(std::uint8_t{31}); }

    constexpr bool has(Rights others) const { return (bits_ & others.bits_) == others.bits_; }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr Rights without(Rights others) const { return Rights(static_cast<std::uint8_t>(bits_ & ~others.bits_)); }
    friend constexpr Rights operator|(Rights a, Rights b) {
        return Rights(static_cast<std::uint8_t>(a.bits_ | b.bits_));
    }
    friend constexpr Rights operator&(Rights a, Rights b) {
        return Rights(static_cast<std::uint8_t>(a.bits_ & b.bits_));
    }
    friend constexpr bool operator==(Rights, Rights) = default;

private:
    explicit constexpr Rights(std::uint8_t bits) : bits_(bits) {}
    std::uint8_t bits_ = 0;
};
constexpr Rights operator|(Right a, Right b) {
    return Rights(a) | Rights(b);
}

/// As access rules write it: "read", "write", "delete", "lock", "properties".
std::string_view name(Right right);
std::optional<Right> right_named(std::string_view name);
/// The closest privilege of RFC 3744. Locking has none of its own, so "unlock" represents it.
std::string_view privilege(Right right);

}  // namespace davit

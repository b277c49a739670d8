#pragma once
// The checks that a request passes before it changes anything, in the order in which the server makes them.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "davit/core/resource_path.hpp"

namespace davit {

enum class Gate : std::uint8_t {
    request,    ///< the head: target, Host, Origin
    login,      ///< who sends the request
    share,      ///< which directory, whose home
    path,       ///< links and Unicode forms: one canonical path
    rules,      ///< the access rules
    header,     ///< the header fields and the body that the method needs
    read_only,  ///< whether the server may write at all
    if_header,  ///< RFC 4918, 10.4
    existence,  ///< the resource, its type, its parent collection
    name,       ///< names that this server does not store
    locks,
    conditions,  ///< RFC 9110, 13.1
    overwrite,   ///< RFC 4918, 10.6
    room,        ///< disk space for the announced size; the file system's permissions
    commit,      ///< all checks are done
};
inline constexpr std::size_t gate_count = static_cast<std::size_t>(Gate::commit) + 1;

std::string_view name(Gate gate);         ///< "read-only"
std::string_view description(Gate gate);  ///< "the server may write here"

/// The gates that a rehearsed request has reached (`davit why`). Ordinary requests have no trace. One thread at a time
/// may use it.
class GateTrace {
public:
    void enter(Gate gate) {
        entered_[static_cast<std::size_t>(gate)] = true;
        last_ = gate;
    }
    bool has_entered(Gate gate) const { return entered_[static_cast<std::size_t>(gate)]; }
    std::optional<Gate> last() const { return last_; }

    /// A home that the user's first request would create; the rehearsal takes it to exist.
    std::optional<ResourcePath> new_home{};

private:
    std::array<bool, gate_count> entered_{};
    std::optional<Gate> last_;
};

}  // namespace davit

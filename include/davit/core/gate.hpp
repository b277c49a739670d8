#pragma once
// What is asked of a request before it changes anything, in the order in which the server asks.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "davit/core/resource_path.hpp"

namespace davit {

enum class Gate : std::uint8_t {
    request,    ///< the head: target, Host, Origin
    login,      ///< who asks
    share,      ///< which folder, whose home
    path,       ///< links and Unicode forms: one canonical path
    rules,      ///< may they
    header,     ///< what the method needs of its header fields and its body
    read_only,  ///< may anything be written
    if_header,  ///< RFC 4918, 10.4
    existence,  ///< the resource, its type, the collection above
    name,       ///< names that are not kept here
    locks,
    conditions,  ///< RFC 9110, 13.1
    overwrite,   ///< RFC 4918, 10.6
    room,        ///< the disk, for what was announced; the rights of the server itself
    commit,      ///< nothing is left to ask
};
inline constexpr std::size_t gate_count = static_cast<std::size_t>(Gate::commit) + 1;

std::string_view name(Gate gate);         ///< "read-only"
std::string_view description(Gate gate);  ///< "the server may write here"

/// Which gates a rehearsed request has come to (`davit why`). Ordinary requests have none. Used by one thread at a
/// time.
class GateTrace {
public:
    void enter(Gate gate) {
        entered_[static_cast<std::size_t>(gate)] = true;
        last_ = gate;
    }
    bool has_entered(Gate gate) const { return entered_[static_cast<std::size_t>(gate)]; }
    std::optional<Gate> last() const { return last_; }

    /// A home that the first request of its user makes: it is taken to exist.
    std::optional<ResourcePath> new_home{};

private:
    std::array<bool, gate_count> entered_{};
    std::optional<Gate> last_;
};

}  // namespace davit

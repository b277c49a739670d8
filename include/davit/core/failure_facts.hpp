#pragma once
// What a program can act on, beside a failure's code: the room that is missing, the locks that stand in the way.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/rights.hpp"

namespace davit {

/// In bytes. `available` counts what the failed attempt itself had taken.
struct Room {
    std::uint64_t needed = 0;  ///< at least: what was known when it failed
    std::uint64_t available = 0;
};

/// A lock as far as the asker may know it: never its token.
struct HeldLock {
    ResourcePath root;
    bool root_is_collection = false;
    LockScope scope = LockScope::exclusive;
    std::string owner;  ///< "" when nothing is known
    std::chrono::sys_seconds expires{};
    std::chrono::seconds remaining{};
};

struct FailureFacts {
    std::optional<Room> room{};
    std::vector<HeldLock> locks{};
    Rights missing{};  ///< what the asker would have needed on the culprit
};

}  // namespace davit

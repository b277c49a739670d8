#pragma once
// What a program can act on, beside a failure's code: the room that is missing, the locks that stand in the way.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "davit/core/active_lock.hpp"
#include "davit/core/property_name.hpp"
#include "davit/core/resource_path.hpp"
#include "davit/core/rights.hpp"

namespace davit {

enum class FailureCode : std::uint8_t;

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

/// The access rule that refused a request. For the operator only: a client may not learn where rules are written.
struct DecidingRule {
    std::string file;   ///< "" when no rule names the resource or a folder above it
    unsigned line = 0;  ///< 0 with `file` ""
    std::string path;   ///< the rule's own, "/homes/{user}"
    std::string at;     ///< the resource the decision is about, as clients see it
    Right right = Right::read;

    friend bool operator==(const DecidingRule&, const DecidingRule&) = default;
};

/// Something that was not tried because another failed first, and that would have failed by itself.
struct WouldFail {
    PropertyName property;
    FailureCode code;
    std::string sentence;
};

struct FailureFacts {
    std::optional<Room> room{};
    std::vector<HeldLock> locks{};
    Rights missing{};  ///< what the asker would have needed on the culprit
    std::shared_ptr<const DecidingRule> rule{};
    std::vector<WouldFail> also{};
    std::vector<ResourcePath> collections{};  ///< those of the culprits whose hrefs end in a slash
};

}  // namespace davit

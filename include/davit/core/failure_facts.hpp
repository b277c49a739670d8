#pragma once
// Facts besides a failure's code that a program can act on: missing disk space, blocking locks.
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

/// In bytes. `available` includes what the failed attempt itself had allocated.
struct Room {
    std::uint64_t needed = 0;  ///< at least: what was known when the request failed
    std::uint64_t available = 0;
};

/// A lock as far as the requesting user may know it: never its token.
struct HeldLock {
    ResourcePath root;
    bool root_is_collection = false;
    LockScope scope = LockScope::exclusive;
    std::string owner;  ///< "" when unknown
    std::chrono::sys_seconds expires{};
    std::chrono::seconds remaining{};
};

/// The access rule that refused a request. Only the operator sees it: a client may not learn where the rules are
/// written.
struct DecidingRule {
    std::string file;   ///< "" when no rule names the resource or one of its ancestors
    unsigned line = 0;  ///< 0 with `file` ""
    std::string path;   ///< as the rule is written, "/homes/{user}"
    std::string at;     ///< the resource the decision is about, as clients see it
    Right right = Right::read;

    friend bool operator==(const DecidingRule&, const DecidingRule&) = default;
};

/// An operation that the server did not try because another failed first, and that would have failed by itself.
struct WouldFail {
    PropertyName property;
    FailureCode code;
    std::string sentence;
};

struct FailureFacts {
    std::optional<Room> room{};
    std::vector<HeldLock> locks{};
    Rights missing{};  ///< the rights that the user would have needed on the culprit
    std::shared_ptr<const DecidingRule> rule{};
    std::vector<WouldFail> also{};
    std::vector<ResourcePath> collections{};  ///< those of the culprits whose hrefs end in a slash
};

}  // namespace davit

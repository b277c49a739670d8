#pragma once
// Locks as the lock table stores them (RFC 4918, 6 and 14.1).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "davit/core/depth.hpp"
#include "davit/core/resource_path.hpp"

namespace davit {

/// An absolute URI, "urn:uuid:..." for tokens made here. Parsing a client's token never trusts its form.
using LockToken = std::string;

enum class LockScope : std::uint8_t { exclusive, shared };
/// The elements of RFC 4918, 14.13: "exclusive", "shared".
std::string_view name(LockScope scope);

/// A write lock, the only type that exists (RFC 4918, 7). The root may be a file or a collection.
struct ActiveLock {
    LockToken token;
    ResourcePath root;
    bool root_is_collection = false;  ///< for the trailing slash of lockroot
    LockScope scope = LockScope::exclusive;
    Depth depth = Depth::zero;       ///< zero or infinity
    std::string owner_xml;           ///< the whole DAV:owner element, self-contained; "" when none was sent
    std::string principal;           ///< authenticated user; "" for an anonymous one
    std::chrono::seconds timeout{};  ///< as granted
    std::chrono::system_clock::time_point created{};  ///< by Clock::monotonic(), as `expires`
    std::chrono::system_clock::time_point expires{};
    std::string client;  ///< User-Agent, for `davit locks`
    std::string request_id;
    /// The path by which the LOCK request named the root, as its client wrote it, below the public prefix (RFC 4918,
    /// 14.12). "" when it equals root.href() or is unknown.
    std::string written_root{};

    bool covers(const ResourcePath& path) const {
        return depth == Depth::infinity ? root.contains(path) : root == path;
    }
};

/// The text of the DAV:owner element with white space folded: how the lock's holder names themself. Cut to `most` bytes
/// at a character boundary.
std::string owner_text(const ActiveLock& lock, std::size_t most = 120);

}  // namespace davit

#pragma once
// PUT (RFC 9110, 9.3.4; RFC 4918, 9.7): begin before the body, write as it comes, commit at its end.
#include <memory>

#include "davit/engine/conditions.hpp"

namespace davit::engine {

struct PutRequest {
    Target target;
    std::optional<std::uint64_t> expected_size;        ///< Content-Length or X-Expected-Entity-Length
    std::optional<std::chrono::sys_seconds> modified;  ///< X-OC-Mtime
    std::vector<Digest> checksums{};                   ///< of the body, found right: kept with the file
};

/// The same for a body that is there already: everything is checked once, under the claim the caller holds.
Answer<store::Committed> put_whole(const Services& services, const PutRequest& request,
                                   std::span<const std::byte> body);

/// Destroyed without commit, it leaves nothing behind.
class Put {
public:
    /// Checks conditions, locks, parent and room before the body is read. method_not_allowed on a collection.
    static Answer<Put> begin(const Services& services, PutRequest request);
    const Target& target() const { return request_.target; }
    Result<void> write(std::span<const std::byte> bytes);
    void set_checksums(std::vector<Digest> checksums) { request_.checksums = std::move(checksums); }
    /// Under a claim: checks length (incomplete_body), conditions and locks again, then commits.
    Answer<store::Committed> commit();

private:
    Put(const Services& services, PutRequest request, std::unique_ptr<store::Upload> upload);
    const Services* services_;
    PutRequest request_;
    std::unique_ptr<store::Upload> upload_;
};

}  // namespace davit::engine

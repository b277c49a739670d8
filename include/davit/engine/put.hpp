#pragma once
// PUT (RFC 9110, 9.3.4; RFC 4918, 9.7): begin() before the body, write() as its bytes arrive, commit() at its end.
#include <memory>

#include "davit/engine/conditions.hpp"

namespace davit::engine {

struct PutRequest {
    Target target;
    std::optional<std::uint64_t> expected_size;        ///< Content-Length or X-Expected-Entity-Length
    std::optional<std::chrono::sys_seconds> modified;  ///< X-OC-Mtime
    std::vector<Digest> checksums{};                   ///< right checksums of the body: kept with the file
};

/// PUT of a body that has arrived completely: checks everything once, under the claim that the caller holds.
Answer<store::Committed> put_whole(const Services& services, const PutRequest& request,
                                   std::span<const std::byte> body);

/// A PUT that runs. Destroyed without commit(), it leaves no trace.
class Put {
public:
    /// Checks conditions, locks, parent and room before the body arrives. method_not_allowed on a collection.
    static Answer<Put> begin(const Services& services, PutRequest request);
    const Target& target() const { return request_.target; }
    Result<void> write(std::span<const std::byte> bytes);
    void set_checksums(std::vector<Digest> checksums) { request_.checksums = std::move(checksums); }
    /// Checks length (incomplete_body), conditions and locks again, and commits. The caller holds a claim.
    Answer<store::Committed> commit();

private:
    Put(const Services& services, PutRequest request, std::unique_ptr<store::Upload> upload);
    const Services* services_;
    PutRequest request_;
    std::unique_ptr<store::Upload> upload_;
};

}  // namespace davit::engine

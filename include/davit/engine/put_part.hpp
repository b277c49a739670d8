#pragma once
// A part of a file: PUT with Content-Range (RFC 9110, 14.5) and sabre's PATCH. Never in place: the part is laid over a
// copy, which replaces the file by one rename. So readers see the old file or the new, and a broken part changes
// nothing.
#include "davit/core/part.hpp"
#include "davit/engine/put.hpp"

namespace davit::engine {

struct PartRequest {
    PutRequest put;  ///< expected_size is the part's
    Part part;
    bool makes_file = false;  ///< PUT: a missing file counts as an empty one; PATCH: it is not_found
};

/// Destroyed without commit, it leaves nothing behind.
class PutPart {
public:
    /// Everything is checked and the file copied before the body is read. What lies between
    /// the file's end and the part is zeros. range_not_satisfiable for what would begin before the file, and when the
    /// whole would not have the size the range says.
    static Answer<PutPart> begin(const Services& services, PartRequest request);
    const Target& target() const { return request_.put.target; }
    Result<void> write(std::span<const std::byte> bytes) { return upload_->write(bytes); }

    /// Under a claim, after the body: everything is checked again. When the file has changed meanwhile, the part is
    /// laid over what stands there now.
    Answer<void> settle();
    /// Of the whole file as it will be; after settle().
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const {
        return upload_->read(offset, into);
    }
    void set_checksums(std::vector<Digest> checksums) { request_.put.checksums = std::move(checksums); }
    /// Under the same claim.
    Answer<store::Committed> commit();

private:
    PutPart(const Services& services, PartRequest request) : services_(&services), request_(std::move(request)) {}
    /// A copy of what stands there, ready for `length` bytes of the part.
    Answer<void> lay_out(const std::optional<store::ResourceInfo>& info, std::uint64_t length);
    Result<void> take_over(const store::Upload& former, std::uint64_t from, std::uint64_t length);

    const Services* services_;
    PartRequest request_;
    std::unique_ptr<store::Upload> upload_;
    ETag base_;             ///< of the file that was copied; empty when there was none
    std::uint64_t at_ = 0;  ///< where the part begins
};

}  // namespace davit::engine

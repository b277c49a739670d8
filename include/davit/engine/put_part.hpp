#pragma once
// A part of a file: PUT with Content-Range (RFC 9110, 14.5) and sabre's PATCH. Never in place: the part is written over
// a copy, which replaces the file by one rename. So readers see the old file or the new one, and a part that breaks off
// changes nothing.
#include "davit/core/part.hpp"
#include "davit/engine/put.hpp"

namespace davit::engine {

struct PartRequest {
    PutRequest put;  ///< expected_size is the part's
    Part part;
    bool makes_file = false;  ///< PUT: a missing file counts as an empty one; PATCH: it is not_found
};

/// A part that is being written. Destroyed without commit(), it leaves no trace.
class PutPart {
public:
    /// Checks everything and copies the file before the body arrives. A gap between the file's end and the part is
    /// zeros. range_not_satisfiable when the part would begin before the file, or when the file would not have the size
    /// that the range says.
    static Answer<PutPart> begin(const Services& services, PartRequest request);
    const Target& target() const { return request_.put.target; }
    Result<void> write(std::span<const std::byte> bytes) { return upload_->write(bytes); }

    /// After the body, under a claim: checks everything again. When the file has changed meanwhile, writes the part
    /// over the changed file.
    Answer<void> settle();
    /// Reads from the whole new file. Call it after settle().
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const {
        return upload_->read(offset, into);
    }
    void set_checksums(std::vector<Digest> checksums) { request_.put.checksums = std::move(checksums); }
    /// Makes the new file visible. The caller still holds the claim of settle().
    Answer<store::Committed> commit();

private:
    PutPart(const Services& services, PartRequest request) : services_(&services), request_(std::move(request)) {}
    /// Copies the file, ready for `length` bytes of the part.
    Answer<void> lay_out(const std::optional<store::ResourceInfo>& info, std::uint64_t length);
    Result<void> take_over(const store::Upload& former, std::uint64_t from, std::uint64_t length);

    const Services* services_;
    PartRequest request_;
    std::unique_ptr<store::Upload> upload_;
    ETag base_;             ///< of the file that was copied; empty when there was none
    std::uint64_t at_ = 0;  ///< where the part begins
};

}  // namespace davit::engine

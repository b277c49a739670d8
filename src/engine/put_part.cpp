#include "davit/engine/put_part.hpp"

#include <algorithm>
#include <array>

#include "put_rules.hpp"

namespace davit::engine {
namespace {

std::unexpected<Failure> outside(const std::string& what, std::uint64_t size) {
    return fail(FailureCode::range_not_satisfiable, what + "; the file has " + std::to_string(size) + " bytes.");
}

/// The offset of the part in a file of `size` bytes.
Result<std::uint64_t> place(const Part& part, std::uint64_t size) {
    if (part.from == Part::From::end && part.offset > size)
        return outside("The part would begin before the file", size);
    const auto at = part.from == Part::From::begin ? part.offset : size - part.offset;
    if (part.total && part.length && std::max(size, at + *part.length) != *part.total)
        return outside(
            "With this part the file would not have the " + std::to_string(*part.total) + " bytes that the range says",
            size);
    return at;
}

/// The empty base for a part of a missing file.
class NoContent final : public store::Content {
public:
    const store::ResourceInfo& info() const override { return info_; }
    Result<std::size_t> read(std::uint64_t /*offset*/, std::span<std::byte> /*into*/,
                             store::Waiting /*waiting*/) const override {
        return 0;
    }
    int native_handle() const override { return -1; }
    const std::string* in_memory() const override { return &text_; }
    Result<PropertySet> properties() const override { return PropertySet(); }

private:
    store::ResourceInfo info_;
    std::string text_;
};

Missing when_missing(const PartRequest& request) {
    return request.makes_file ? Missing::is_made : Missing::is_refused;
}

}  // namespace

Answer<PutPart> PutPart::begin(const Services& services, PartRequest request) {
    const auto info = check_put(services, request.put.target, when_missing(request));
    if (!info) return std::unexpected(info.error());
    PutPart part(services, std::move(request));
    const auto length = part.request_.put.expected_size.value_or(part.request_.part.length.value_or(0));
    if (auto ready = part.lay_out(*info, length); !ready) return std::unexpected(std::move(ready.error()));
    return part;
}

Answer<void> PutPart::lay_out(const std::optional<store::ResourceInfo>& info, std::uint64_t length) {
    const auto& path = target().path;
    std::shared_ptr<const store::Content> content = std::make_shared<NoContent>();
    if (info) {
        auto opened = services_->resources.open(path);
        if (!opened) return std::unexpected(std::move(opened.error()));
        content = std::move(*opened);
    }
    const auto at = place(request_.part, content->info().size);
    if (!at) return std::unexpected(at.error());
    auto upload = services_->resources.begin_upload(path, info ? std::nullopt : std::optional(length));
    if (!upload) return std::unexpected(std::move(upload.error()));
    if (info || *at > 0)
        if (auto copied = (*upload)->start_from(*content, *at, length); !copied)
            return std::unexpected(std::move(copied.error()));
    upload_ = std::move(*upload);
    base_ = info ? store::entity_tag(content->info()) : ETag();
    at_ = *at;
    return {};
}

Answer<void> PutPart::settle() {
    const auto length = upload_->size();
    if (const auto whole = check_length(request_.put, length); !whole) return std::unexpected(whole.error());
    if (request_.part.length && *request_.part.length != length)
        return std::unexpected(
            Failure{request_.makes_file ? FailureCode::bad_header : FailureCode::range_not_satisfiable,
                    "The body has " + std::to_string(length) + " bytes, but its range " +
                        std::to_string(*request_.part.length) + ".",
                    {}});
    const auto info = check_put(*services_, target(), when_missing(request_));
    if (!info) return std::unexpected(info.error());
    if ((*info ? store::entity_tag(**info) : ETag()) == base_) return {};
    const auto former = std::move(upload_);
    const auto from = at_;
    if (auto ready = lay_out(*info, length); !ready) {
        upload_ = nullptr;
        return ready;
    }
    if (auto taken = take_over(*former, from, length); !taken) return std::unexpected(std::move(taken.error()));
    return {};
}

Result<void> PutPart::take_over(const store::Upload& former, std::uint64_t from, std::uint64_t length) {
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(length, 1 << 20)));
    for (std::uint64_t done = 0; done < length;) {
        const auto wanted = std::min<std::uint64_t>(buffer.size(), length - done);
        const auto got = former.read(from + done, std::span(buffer).first(static_cast<std::size_t>(wanted)));
        if (!got) return std::unexpected(got.error());
        if (*got == 0) return fail(FailureCode::io_error, "What had been received could not be read again.");
        if (auto written = upload_->write(std::span(buffer).first(*got)); !written) return written;
        done += *got;
    }
    return {};
}

Answer<store::Committed> PutPart::commit() {
    return finish(request_.put, *upload_);
}

}  // namespace davit::engine

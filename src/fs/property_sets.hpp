#pragma once
// Property sets of open files: one attribute, or an attribute that points to a record when the set is large.
#include <functional>

#include "attributes.hpp"
#include "davit/core/property.hpp"
#include "davit/store/resource_store.hpp"
#include "property_codec.hpp"
#include "record_marks.hpp"

namespace davit::fs {

/// The suffix of a record that no property set seemed to point to, until it is removed or read.
inline constexpr std::string_view lost_suffix = ".lost";

class PropertySets {
public:
    /// `records`: the directory for large sets; -1 when there is none. Borrows all.
    PropertySets(Attributes& attributes, int records, RecordMarks& marks, bool durable)
        : attributes_(attributes), records_(records), marks_(marks), durable_(durable) {}

    /// would_block when `waiting` is refused and the set is in a record.
    Result<PropertySet> read(int fd, store::Waiting waiting = store::Waiting::allowed) const;
    /// Returns sent_with_get() of the set at least; of a large set only that, without reading its record.
    Result<PropertySet> read_for_get(int fd) const;
    /// Reads the set of a member of an open directory. Does not follow symbolic links.
    Result<PropertySet> read_at(int folder, const char* name) const;
    /// Changes one attribute atomically. The record of a large set is durable before an attribute points to it, and
    /// never changes afterwards.
    Result<void> write(int fd, const PropertySet& set);
    /// The parts of the set that the copy must not take over.
    struct Differences {
        std::function<Result<void>(PropertySet& set)> checksums;  ///< called for a set that contains checksums
        std::optional<store::FileTime>
            born{};  ///< `to` is the same resource with this creation date; nothing: it is a new one
    };
    /// Copies the value to another file. Both share a record, because records never change. `seen`: the result of
    /// copy_attributes() on `from`.
    Result<void> copy(int from, AttributesSeen seen, int to, const Differences& differences);
    /// The record of this file's set, if no other file is known to point to it. Call discard() for it once the file
    /// points elsewhere or is gone, durably.
    std::optional<std::string> own_record(int fd) const;
    void discard(const std::string& record) const;
    /// `file` has replaced `former`, which owned the record. If `former` is deleted, the record belongs to `file`, or
    /// is unused.
    void hand_over(const std::string& record, int former, int file) const;
    /// Call this for a pointer found at `fd`: if it was written for another file, it was copied here.
    void note_owner(const RecordPointer& pointer, int fd) const;
    /// Call this for a new file.
    Result<void> begin(int fd) { return attributes_.forget_former(fd); }

private:
    static Result<void> edit(PropertySet& set, const Differences& differences);
    Result<std::string> write_record(const PropertySet& set);
    template <typename Read>
    Result<PropertySet> read_with(const Read& read_attribute, int fd, store::Waiting waiting) const;
    /// Durable when it returns. A missing record is no failure: a pointer to it is as damaged as before.
    Result<void> mark_shared(const std::string& record) const;
    bool is_marked(const std::string& record) const;
    bool is_shared(const std::string& record) const;
    Result<PropertySet> read_record(const std::string& id) const;
    Result<UniqueFd> open_record(const std::string& id) const;

    Attributes& attributes_;
    int records_;
    RecordMarks& marks_;
    bool durable_;
};

}  // namespace davit::fs

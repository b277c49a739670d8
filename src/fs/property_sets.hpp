#pragma once
// Property sets of open files: one attribute, or one that points to a record when the set is large.
#include <functional>

#include "attributes.hpp"
#include "davit/core/property.hpp"
#include "davit/store/resource_store.hpp"
#include "property_codec.hpp"
#include "record_marks.hpp"

namespace davit::fs {

/// What a record that no property set seemed to point to is called until it is removed or read.
inline constexpr std::string_view lost_suffix = ".lost";

class PropertySets {
public:
    /// `records`: the folder for large sets, -1 when there is none. Borrows all.
    PropertySets(Attributes& attributes, int records, RecordMarks& marks, bool durable)
        : attributes_(attributes), records_(records), marks_(marks), durable_(durable) {}

    /// would_block when `waiting` is refused and the set is in a record.
    Result<PropertySet> read(int fd, store::Waiting waiting = store::Waiting::allowed) const;
    /// sent_with_get() of the set at least; of a large one no more, without reading it.
    Result<PropertySet> read_for_get(int fd) const;
    /// Of a member of an open folder; symbolic links are not followed.
    Result<PropertySet> read_at(int folder, const char* name) const;
    /// One change of one attribute: the old set or the new. A large set's record is durable before anything points to
    /// it, and is never changed afterwards.
    Result<void> write(int fd, const PropertySet& set);
    /// What another file does not get as it is.
    struct Differences {
        std::function<Result<void>(PropertySet& set)> checksums;  ///< asked of a set that holds some
        std::optional<store::FileTime> born{};  ///< `to` is the same resource, born then; nothing: it is a new one
    };
    /// The same value for another file; a record is shared, since records never change. `seen`: on `from`, by
    /// copy_attributes().
    Result<void> copy(int from, AttributesSeen seen, int to, const Differences& differences);
    /// The record of the set of this file, if it has one that nothing else is known to point to. Once the file points
    /// elsewhere or is gone, and that is durable, discard() removes the record.
    std::optional<std::string> own_record(int fd) const;
    void discard(const std::string& record) const;
    /// `file` has replaced `former`, whose own record that was. If `former` has gone for good, the record is the file's
    /// own, or nothing points to it any more.
    void hand_over(const std::string& record, int former, int file) const;
    /// For a pointer that was found at `fd`: one that was written for another file has been copied here.
    void note_owner(const RecordPointer& pointer, int fd) const;
    /// For a file that has just been made.
    Result<void> begin(int fd) { return attributes_.forget_former(fd); }

private:
    static Result<void> edit(PropertySet& set, const Differences& differences);
    Result<std::string> write_record(const PropertySet& set);
    template <typename Read>
    Result<PropertySet> read_with(const Read& read_attribute, int fd, store::Waiting waiting) const;
    /// Durable when it returns. A record that is missing is no failure: a pointer to it is as damaged as before.
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

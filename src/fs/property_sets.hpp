#pragma once
// Property sets of open files: one attribute, or one that points to a record when the set is large.
#include <functional>

#include "attributes.hpp"
#include "davit/core/property.hpp"
#include "record_marks.hpp"

namespace davit::fs {

/// What a record that no property set seemed to point to is called until it is removed or read.
inline constexpr std::string_view lost_suffix = ".lost";

class PropertySets {
public:
    /// `records`: the folder for large sets, -1 when there is none. Borrows all.
    PropertySets(Attributes& attributes, int records, RecordMarks& marks, bool durable)
        : attributes_(attributes), records_(records), marks_(marks), durable_(durable) {}

    Result<PropertySet> read(int fd) const;
    /// Of a member of an open folder; symbolic links are not followed.
    Result<PropertySet> read_at(int folder, const char* name) const;
    /// One change of one attribute: the old set or the new. A large set's record is durable before anything points to
    /// it, and is never changed afterwards.
    Result<void> write(int fd, const PropertySet& set);
    /// The same value for another file; a record is shared, since records never change. `edit` is asked what becomes of
    /// checksums, which are not those of any other file; a set that holds none is not even looked at. `seen`: on
    /// `from`, by copy_attributes().
    using Edit = std::function<Result<void>(PropertySet& set)>;
    Result<void> copy(int from, OwnAttribute seen, int to, const Edit& edit);
    /// For a file that has just been made.
    Result<void> begin(int fd) { return attributes_.forget_former(fd); }

private:
    Result<std::string> write_record(const PropertySet& set);
    template <typename Read>
    Result<PropertySet> read_with(const Read& read_attribute) const;
    Result<PropertySet> read_record(const std::string& id) const;
    Result<UniqueFd> open_record(const std::string& id) const;

    Attributes& attributes_;
    int records_;
    RecordMarks& marks_;
    bool durable_;
};

}  // namespace davit::fs

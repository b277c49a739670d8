#pragma once
// Port: the tree of resources. Every implementation must keep the promises of these comments; the engine relies on
// them.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "davit/core/depth.hpp"
#include "davit/core/digest.hpp"
#include "davit/core/failure.hpp"
#include "davit/core/property.hpp"
#include "davit/store/deadline.hpp"
#include "davit/store/resource_info.hpp"

namespace davit::store {

/// Whether a call may wait for the disk. With `refused` it fails with would_block instead of waiting; event loops use
/// that.
enum class Waiting : std::uint8_t { allowed, refused };

/// The bytes at the beginning of a file that decide whether it is UTF-8.
inline constexpr std::size_t utf8_window = 4096;

/// An open file. Reads return the content as it was when it was opened, even if the name is replaced meanwhile.
class Content {
public:
    virtual ~Content() = default;
    virtual const ResourceInfo& info() const = 0;
    /// Bytes read, 0 at the end; would_block when `waiting` is refused and the pages are not in memory.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into, Waiting waiting) const = 0;
    /// A descriptor for sendfile(2), owned by this object. -1 when the content is in memory.
    virtual int native_handle() const = 0;
    /// Whether sendfile(2) may send the file; records that it does. The kernel keeps the file's pages until the
    /// receiver has read them, also after the descriptor is closed. False for a file that is uploaded in parts: a later
    /// part may be written into it.
    virtual bool may_send_pages() const { return true; }
    /// The whole content when it is in memory, owned by this object; otherwise null.
    virtual const std::string* in_memory() const { return nullptr; }
    /// The stored getcontenttype and getcontentlanguage, without another look-up.
    virtual Result<PropertySet> properties() const = 0;
    /// is_utf8_start() of the first bytes; would_block as read() does.
    virtual Result<bool> begins_as_utf8(Waiting waiting) const;
};

struct Entry {
    std::string name;                      ///< one segment, any bytes but '/' and NUL
    Result<ResourceInfo> info;             ///< an entry that cannot be read carries its own failure
    PropertySet properties;                ///< filled when the caller of list() asked for them
    std::optional<ResourcePath> target{};  ///< of a link: the canonical path of its target, which `info` describes
    std::vector<ResourcePath> via{};       ///< of a link: it and the links on the way to `target`, by canonical paths
    bool properties_hidden = false;        ///< the server may not read them; `info` is right nevertheless
};

/// A cursor over the members of a collection, in no particular order. It never returns the state folder, nor what is
/// neither file nor collection (sockets, devices, symbolic links that leave the root).
class Listing {
public:
    virtual ~Listing() = default;
    /// Fills `entry` and returns true; false at the end.
    virtual Result<bool> next(Entry& entry) = 0;
};

/// Whether a link as the last name of a path means its target, or the link itself.
enum class LastLink : std::uint8_t { followed, kept };

/// Where a path leads. The names of `links` tell nothing about places the asker may not read; those of the rest may.
struct Resolved {
    ResourcePath path;  ///< canonical: equal for all paths of one resource, and without a link on the way
    std::vector<ResourcePath> links{};       ///< the canonical paths of the links that were followed
    std::optional<ResourcePath> leads_to{};  ///< `path` is a link to this canonical path, at which there is nothing
    std::optional<Failure> failure{};  ///< the path cannot be resolved: the way ends at `path`, or goes on from there
};

/// Does the way of a link go through `place`, or end there or below? Then the link is of no use, and what it leads to
/// is gone, once something else is at `place`.
bool leads_through(const Resolved& link, const ResourcePath& place);

enum class ListingContent : std::uint8_t { info, info_and_properties };

/// A resource and its properties at one moment.
struct Look {
    ResourceInfo info;
    PropertySet properties;          ///< filled when the caller asked for them
    bool properties_hidden = false;  ///< the caller asked for them, and the server may not read them
};

/// The user and request of a change. The trash keeps them with what the change takes away.
struct Actor {
    std::string principal;  ///< "" for a request without a login
    std::string request_id;
};

/// What must be true of the name at the moment of the commit; otherwise the commit fails and changes nothing.
enum class Replace : std::uint8_t {
    must_not_exist,  ///< fails with already_exists
    may_exist,
    must_exist,  ///< uploads only: fails with not_found. A removal at the very moment of the commit goes unnoticed
};

/// What the caller knows of the parent folder at the commit.
enum class Parent : std::uint8_t {
    looked_up,  ///< nothing: the folder may have been moved since begin_upload()
    as_begun,   ///< the same function called begin_upload() a moment ago: the folder is where it was
};

struct Committed {
    bool created = false;  ///< false: a resource was replaced
    ResourceInfo info;
};

/// A content that is being uploaded. Not visible before the commit. When it is destroyed before, or the process ends,
/// no trace remains.
class Upload {
public:
    virtual ~Upload() = default;
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    virtual std::uint64_t size() const = 0;  ///< bytes written so far, without those of start_from()
    /// Makes the content that of `base`, before any write. The file system shares the blocks if it can. Writing
    /// continues at `offset`; a gap between the end of `base` and `offset` is zeros. Reserves room for `expected` bytes
    /// from there. no_space.
    virtual Result<void> start_from(const Content& base, std::uint64_t offset, std::uint64_t expected) = 0;
    /// Reads from the whole content so far. Returns the bytes read, 0 at the end.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const = 0;
    /// Checksums of the whole content, which the commit keeps with it (store/checksums.hpp). Those of a replaced file
    /// do not carry over.
    virtual void set_checksums(std::vector<Digest> checksums) = 0;
    /// Sets the mtime of the content (X-OC-Mtime); without it, the time of the commit.
    virtual void set_modified(std::chrono::sys_seconds modified) = 0;
    /// Makes the content visible, durably and atomically: the name shows the old content or the new, never anything
    /// else. Carries over the dead properties, mode and ownership of a replaced file. parent_missing, is_a_collection,
    /// no_space, permission_denied, already_exists. Call it at most once.
    virtual Result<Committed> commit(const ResourcePath& path, Replace replace, const Actor& by = {},
                                     Parent parent = Parent::looked_up) = 0;
};

/// The caller's decision about the resource at a name, or its absence (nothing). A failure ends the operation.
using Consider = std::function<Result<void>(const std::optional<ResourceInfo>& there)>;
/// Calls `consider` with the result of stat(); with nothing for not_found. Other failures of `found` are returned at
/// once.
Result<void> judge(const Result<ResourceInfo>& found, const Consider& consider);

struct Quota {
    std::uint64_t available = 0;  ///< bytes a client may still store (RFC 4331, 3)
    std::uint64_t used = 0;       ///< bytes (RFC 4331, 4)
};

/// A new name fails with other_spelling when the folder has it in another Unicode form (resolve()). If the trash keeps
/// anything (TrashStore), the step that deletes or replaces a resource moves it there.
class ResourceStore {
public:
    virtual ~ResourceStore() = default;

    /// not_found, also when a name on the way is not a collection. permission_denied for what is neither file nor
    /// collection or leaves the root. Of a link as last name, the facts of its target, but never as a collection,
    /// because the entry is none. All calls take canonical paths (resolve()); path_changed when there is a link on the
    /// way nevertheless.
    virtual Result<ResourceInfo> stat(const ResourcePath& path, Waiting waiting = Waiting::allowed) const = 0;
    /// stat() and the dead properties of the same moment. properties_hidden for a resource that the server may see but
    /// not read.
    virtual Result<Look> look(const ResourcePath& path, ListingContent content,
                              Waiting waiting = Waiting::allowed) const = 0;
    /// Opens a file for reading. is_a_collection for a collection.
    virtual Result<std::shared_ptr<const Content>> open(const ResourcePath& path,
                                                        Waiting waiting = Waiting::allowed) const = 0;
    virtual Result<std::unique_ptr<Listing>> list(const ResourcePath& path, ListingContent content) const = 0;
    /// Content::begins_as_utf8() of the file that stat() described as `info`. A store may cache the result.
    virtual Result<bool> begins_as_utf8(const ResourcePath& path, const ResourceInfo& info, Waiting waiting) const;

    /// Begins an upload to the file system that holds `path`. Reserves room for `expected_size` bytes now, so that
    /// no_space comes before the body. parent_missing when the parent of `path` is missing.
    virtual Result<std::unique_ptr<Upload>> begin_upload(const ResourcePath& path,
                                                         std::optional<std::uint64_t> expected_size) = 0;
    /// begin_upload(), if `consider` accepts what stat() finds at `path`. parent_missing, before `consider` is called.
    /// A store may look at the path only once for all of this.
    virtual Result<std::unique_ptr<Upload>> begin_upload_if(const ResourcePath& path,
                                                            std::optional<std::uint64_t> expected_size,
                                                            const Consider& consider);

    /// Makes a collection; it appears with its properties at once or not at all. already_exists, parent_missing.
    virtual Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) = 0;

    /// Removes a resource completely or not at all, in constant time: one rename into the trash. not_found.
    virtual Result<void> remove(const ResourcePath& path, const Actor& by = {}) = 0;

    /// mount_inside when a file system is mounted below `path`: a change resource by resource must not begin then.
    /// remove(), and copy() and move() when they replace or remove a tree, check this themselves, and
    /// member_not_removable, before any change.
    virtual Result<void> check_no_mount_inside(const ResourcePath& /*path*/) const { return {}; }
    /// link_elsewhere when a link in the tree `from` leads through `to`, which that tree is to replace.
    /// operation_timeout after `until`.
    virtual Result<void> check_links_stay(const ResourcePath& /*from*/, const ResourcePath& /*to*/,
                                          const Deadline& /*until*/) const {
        return {};
    }

    /// The failures that remove() finds before any change, as far as they can be found without doing it.
    virtual Result<void> check_removal(const ResourcePath& path) const { return check_no_mount_inside(path); }
    /// Whether the server may make or replace a name in the folder of `path`. parent_missing, permission_denied,
    /// other_spelling, name_too_long.
    virtual Result<void> check_new_name(const ResourcePath& /*path*/) const { return {}; }

    /// Whether both paths are names of one entry of one folder, which differ only in what the file system ignores, such
    /// as case. A MOVE from one to the other changes the name and replaces nothing, even with must_not_exist.
    virtual bool is_other_name(const ResourcePath&, const ResourcePath&) const { return false; }

    /// Copies content and dead properties; a collection with its members when `depth` is infinity. The copy is built
    /// under a temporary name and appears by one rename; what it replaces goes to the trash. Contents of the copy get
    /// new entity tags. They keep modification times (RFC 4918, 8.8 note: clients expect it) and checksums. true:
    /// created; false: replaced. Symbolic links below lead to the same place afterwards, or the call fails with
    /// link_elsewhere. same_resource and destination_inside_source are decided by where the names lead. After `until`
    /// the call fails with operation_timeout, and nothing has changed.
    virtual Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, Replace replace,
                              const Actor& by = {}, const Deadline& until = {}) = 0;

    /// Source and destination of a tree that is copied member by member.
    struct TreeEnds {
        const ResourcePath& from;
        const ResourcePath& to;
    };
    /// Copies one member of such a tree, with Depth 0. A link to another member leads to the copy of that member.
    virtual Result<bool> copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& /*tree*/,
                                     const Actor& by, const Deadline& until) {
        return copy(from, to, Depth::zero, Replace::may_exist, by, until);
    }

    /// Moves a resource by one rename. When it replaces one, the source is renamed to a temporary name first, then
    /// exchanged with it, so readers of the source see it or nothing. Properties move along. true: created. Between
    /// mounts, and when links must be rewritten, it is a copy and a removal; Waiting::refused does not begin that
    /// (would_block), and `until` may end it. Failures as of copy().
    virtual Result<bool> move(const ResourcePath& from, const ResourcePath& to, Replace replace, const Actor& by = {},
                              Waiting waiting = Waiting::allowed, const Deadline& until = {}) = 0;

    virtual Result<Quota> quota(const ResourcePath& path) const = 0;

    /// The canonical path. Follows links to folders on the way. Names that differ only in their Unicode form are one
    /// name; the one that exists byte for byte comes first. A part that does not exist stays as given. Fails only with
    /// would_block; every other fault of the path is in Resolved.
    virtual Result<Resolved> resolve(const ResourcePath& path, LastLink, Waiting) const { return Resolved{path}; }
    /// False: the path is canonical for every resource that stat(), look() and open() find at it. They follow no links.
    virtual bool needs_resolving(const ResourcePath& /*path*/) const { return false; }
};

}  // namespace davit::store

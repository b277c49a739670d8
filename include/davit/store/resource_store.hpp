#pragma once
// Port: the tree of resources. Every implementation keeps the promises in these comments; the engine relies on them.
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

/// Whether a call may wait for the disk. `refused` fails with would_block instead, and is what an event loop uses.
enum class Waiting : std::uint8_t { allowed, refused };

/// So much of a file is looked at to tell whether it is UTF-8.
inline constexpr std::size_t utf8_window = 4096;

/// An open file. Reads are of the content as it was opened even if the name is replaced meanwhile.
class Content {
public:
    virtual ~Content() = default;
    virtual const ResourceInfo& info() const = 0;
    /// Bytes read, 0 at the end; would_block when `waiting` is refused and the pages are not in memory.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into, Waiting waiting) const = 0;
    /// Descriptor to give to sendfile(2); owned by this object. -1 when the content is in memory.
    virtual int native_handle() const = 0;
    /// Tells whether sendfile(2) may send the file, and records that it does. The kernel keeps the file's pages until
    /// the receiver has read them, also after the descriptor is closed. False for a file that is uploaded in parts: a
    /// later part may be written into it.
    virtual bool may_send_pages() const { return true; }
    /// The whole content when it is in memory, owned by this object; otherwise null.
    virtual const std::string* in_memory() const { return nullptr; }
    /// The stored getcontenttype and getcontentlanguage come from here without a second look-up.
    virtual Result<PropertySet> properties() const = 0;
    /// is_utf8_start() of the first bytes; would_block as read() does.
    virtual Result<bool> begins_as_utf8(Waiting waiting) const;
};

struct Entry {
    std::string name;                      ///< one segment, any bytes but '/' and NUL
    Result<ResourceInfo> info;             ///< an entry that cannot be read carries its own failure
    PropertySet properties;                ///< filled when the listing was asked for them
    std::optional<ResourcePath> target{};  ///< of a link: the canonical path of what it leads to and `info` is about
    std::vector<ResourcePath> via{};       ///< of a link: it and those it leads through, by their own canonical paths
    bool properties_hidden = false;        ///< the server may not read them; `info` is right all the same
};

/// A cursor over the members of a collection, in no particular order. The state folder, and what is neither file nor
/// collection (sockets, devices, symbolic links that leave the root), never appear.
class Listing {
public:
    virtual ~Listing() = default;
    /// Fills `entry` and says true, or false at the end.
    virtual Result<bool> next(Entry& entry) = 0;
};

/// What a link stands for that is the last name of a path: what it leads to, or itself.
enum class LastLink : std::uint8_t { followed, kept };

/// Where a path leads. The names of `links` tell nothing about places the asker may not read; those of the rest may.
struct Resolved {
    ResourcePath path;  ///< canonical: two paths of one resource have the same, and no link is on the way
    std::vector<ResourcePath> links{};       ///< the links that were followed, by their own canonical paths
    std::optional<ResourcePath> leads_to{};  ///< `path` is a link that leads nowhere: to this canonical path
    std::optional<Failure> failure{};        ///< there is no way: it ends at `path`, or goes on from there
};

enum class ListingContent : std::uint8_t { info, info_and_properties };

/// What one look at a resource shows.
struct Look {
    ResourceInfo info;
    PropertySet properties;          ///< filled when asked for
    bool properties_hidden = false;  ///< they were asked for, and the server may not read them
};

/// Who changes something: kept with what the change takes away.
struct Actor {
    std::string principal;  ///< "" when nobody logged in
    std::string request_id;
};

/// What must hold at the name at the moment of the commit; otherwise nothing is done.
enum class Replace : std::uint8_t {
    must_not_exist,  ///< fails with already_exists
    may_exist,
    must_exist,  ///< an upload's: fails with not_found. Who takes it away in the very moment is not noticed
};

/// What is known of the folder above at the commit.
enum class Parent : std::uint8_t {
    looked_up,  ///< nothing: it may have been moved since begin_upload()
    as_begun,   ///< begin_upload() was called a moment ago, by whoever calls commit() now: it stands where it stood
};

struct Committed {
    bool created = false;  ///< false: something was replaced
    ResourceInfo info;
};

/// A content on its way in: nowhere visible until committed, gone without a trace when destroyed before, or when the
/// process dies.
class Upload {
public:
    virtual ~Upload() = default;
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    virtual std::uint64_t size() const = 0;  ///< bytes written so far, of start_from()'s none
    /// Before anything is written: the content becomes that of `base`, its blocks shared where the file system can, and
    /// writing goes on at `offset`; what lies between its end and there is zeros. Room for `expected` bytes from there
    /// is reserved. no_space.
    virtual Result<void> start_from(const Content& base, std::uint64_t offset, std::uint64_t expected) = 0;
    /// Of the whole content as it is by now; bytes read, 0 at the end.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const = 0;
    /// Kept with the content (store/checksums.hpp); of the whole of it. Those of what it replaces do not come along.
    virtual void set_checksums(std::vector<Digest> checksums) = 0;
    /// Sets the mtime the content will appear with (X-OC-Mtime); otherwise the time of the commit.
    virtual void set_modified(std::chrono::sys_seconds modified) = 0;
    /// Durable and atomic: the name shows the old content or the new, never anything else. Carries over the dead
    /// properties, mode and ownership of a file it replaces. parent_missing, is_a_collection, no_space,
    /// permission_denied, already_exists. At most once.
    virtual Result<Committed> commit(const ResourcePath& path, Replace replace, const Actor& by = {},
                                     Parent parent = Parent::looked_up) = 0;
};

/// What the caller thinks of the resource that stands at a name, or of there being none; a failure ends it.
using Consider = std::function<Result<void>(const std::optional<ResourceInfo>& there)>;
/// Asks `consider` about what stat() has found: nothing, if that was not_found; other failures end it at once.
Result<void> judge(const Result<ResourceInfo>& found, const Consider& consider);

struct Quota {
    std::uint64_t available = 0;  ///< bytes a client may still store (RFC 4331, 3)
    std::uint64_t used = 0;       ///< bytes (RFC 4331, 4)
};

/// A new name fails with other_spelling when the folder has it in another Unicode form (resolve()).
/// What DELETE and overwriting take away goes to the trash (TrashStore) by the step that takes it away, if it keeps
/// any.
class ResourceStore {
public:
    virtual ~ResourceStore() = default;

    /// not_found; not_a_collection counts as not_found too. permission_denied for what is neither file nor collection
    /// or leaves the root. Of a link as last name, what it leads to, but never as a collection: the entry is none.
    /// All calls take canonical paths (resolve()); path_changed when there is a link on the way all the same.
    virtual Result<ResourceInfo> stat(const ResourcePath& path, Waiting waiting = Waiting::allowed) const = 0;
    /// stat(), with the dead properties of the same moment. A resource that the server may see but not read has them
    /// hidden.
    virtual Result<Look> look(const ResourcePath& path, ListingContent content,
                              Waiting waiting = Waiting::allowed) const = 0;
    /// A file opened for reading. is_a_collection for a collection.
    virtual Result<std::shared_ptr<const Content>> open(const ResourcePath& path,
                                                        Waiting waiting = Waiting::allowed) const = 0;
    virtual Result<std::unique_ptr<Listing>> list(const ResourcePath& path, ListingContent content) const = 0;
    /// Content::begins_as_utf8() of the file that stat() described as `info`. A store may remember the answer.
    virtual Result<bool> begins_as_utf8(const ResourcePath& path, const ResourceInfo& info, Waiting waiting) const;

    /// Begins an upload to the file system that holds `path`. Room for `expected_size` bytes is reserved now, so that
    /// no_space comes before the body is read. A `path` whose parent is missing fails with parent_missing.
    virtual Result<std::unique_ptr<Upload>> begin_upload(const ResourcePath& path,
                                                         std::optional<std::uint64_t> expected_size) = 0;
    /// begin_upload(), if `consider` thinks so of what stat() says of `path`. parent_missing, before `consider` is
    /// asked. A store that can looks at the path only once for all that.
    virtual Result<std::unique_ptr<Upload>> begin_upload_if(const ResourcePath& path,
                                                            std::optional<std::uint64_t> expected_size,
                                                            const Consider& consider);

    /// Appears with its properties at once or not at all. already_exists, parent_missing.
    virtual Result<void> make_collection(const ResourcePath& path, const PropertySet& properties) = 0;

    /// Whole or not at all, in constant time: one rename into the trash. not_found.
    virtual Result<void> remove(const ResourcePath& path, const Actor& by = {}) = 0;

    /// mount_inside when a file system is mounted below `path`: what goes resource by resource must not begin then.
    /// remove(), and copy() and move() where they replace or remove a tree, find that themselves, and
    /// member_not_removable, before anything is done.
    virtual Result<void> check_no_mount_inside(const ResourcePath& /*path*/) const { return {}; }

    /// What remove() would find before it does anything, as far as that can be told without doing it.
    virtual Result<void> check_removal(const ResourcePath& path) const { return check_no_mount_inside(path); }
    /// May the server make or replace a name in the folder that holds `path`? parent_missing, permission_denied,
    /// other_spelling, name_too_long.
    virtual Result<void> check_new_name(const ResourcePath& /*path*/) const { return {}; }

    /// Are both paths names of one entry of one folder, which differ only in what the file system does not look at,
    /// such as case? A MOVE from one to the other changes the name and replaces nothing, even with must_not_exist.
    virtual bool is_other_name(const ResourcePath&, const ResourcePath&) const { return false; }

    /// Copies content and dead properties; a collection with its members when `depth` is infinity. Built aside,
    /// appears by one rename; what it replaces goes to the trash. The copy's contents get entity tags of their own;
    /// modification times are kept (RFC 4918, 8.8 note: clients expect it), checksums too. true: created; false:
    /// replaced. Symbolic links below lead to the same place afterwards, or fail with link_elsewhere. same_resource and
    /// destination_inside_source are noticed by what the names lead to.
    /// `until`: operation_timeout, with nothing done.
    virtual Result<bool> copy(const ResourcePath& from, const ResourcePath& to, Depth depth, Replace replace,
                              const Actor& by = {}, const Deadline& until = {}) = 0;

    /// The ends of a tree that is copied member by member.
    struct TreeEnds {
        const ResourcePath& from;
        const ResourcePath& to;
    };
    /// copy() of one member of such a tree, with Depth 0. A link to another member leads to the copy of that member.
    virtual Result<bool> copy_member(const ResourcePath& from, const ResourcePath& to, const TreeEnds& /*tree*/,
                                     const Actor& by, const Deadline& until) {
        return copy(from, to, Depth::zero, Replace::may_exist, by, until);
    }

    /// One rename; when it replaces, the source is hidden first, then exchanged for what is replaced. Readers of the
    /// source see it or nothing. Properties travel along. true: created. Between mounts, and when links have to be
    /// written anew, it is a copy and a removal, which Waiting::refused does not begin (would_block) and `until` may
    /// end. Failures as of copy().
    virtual Result<bool> move(const ResourcePath& from, const ResourcePath& to, Replace replace, const Actor& by = {},
                              Waiting waiting = Waiting::allowed, const Deadline& until = {}) = 0;

    virtual Result<Quota> quota(const ResourcePath& path) const = 0;

    /// The canonical path: links to folders on the way are followed, and names that differ only in their Unicode form
    /// are one name, of which the one that exists byte for byte goes first. What does not exist stays as it was given.
    /// Fails with would_block alone; all that is wrong with the path is in Resolved.
    virtual Result<Resolved> resolve(const ResourcePath& path, LastLink, Waiting) const { return Resolved{path}; }
    /// False: what stat(), look() and open() find at this path has it as its canonical path. They follow no links.
    virtual bool needs_resolving(const ResourcePath& /*path*/) const { return false; }
};

}  // namespace davit::store

#include "upload.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "davit/store/checksums.hpp"
#include "davit/store/creation_date.hpp"
#include "errors.hpp"
#include "file_time.hpp"
#include "files.hpp"
#include "range_copy.hpp"
#include "rename.hpp"
#include "replace.hpp"
#include "resolve.hpp"
#include "room.hpp"

namespace davit::fs {
namespace {

/// linkat of an unnamed file: AT_EMPTY_PATH needs a capability, the other way needs a mounted /proc.
bool link_unnamed(int file, int folder, const char* name) {
    if (::linkat(file, "", folder, name, AT_EMPTY_PATH) == 0) return true;
    if (errno != ENOENT && errno != EPERM) return false;
    const auto proc = "/proc/self/fd/" + std::to_string(file);
    return ::linkat(AT_FDCWD, proc.c_str(), folder, name, AT_SYMLINK_FOLLOW) == 0;
}

/// A copy of so few bytes does not look for holes.
constexpr std::uint64_t max_dense = 32 * 1024;

class FileUpload final : public store::Upload {
public:
    FileUpload(Volume& volume, UniqueFd file, std::optional<Aside> aside, UniqueFd parent)
        : volume_(volume),
          room_(volume.ahead),
          file_(std::move(file)),
          parent_(std::move(parent)),
          aside_(std::move(aside)),
          hold_(volume.copies) {}
    ~FileUpload() override {
        if (!aside_) return;
        volume_.attributes->abandon({aside_->folder, aside_->name});
        discard(volume_, *aside_);
    }
    FileUpload(const FileUpload&) = delete;
    FileUpload& operator=(const FileUpload&) = delete;

    Result<void> write(std::span<const std::byte> bytes) override {
        const auto end = begin_ + size_ + bytes.size();
        room_.extend(file_.get(), end);
        auto written = write_all(file_.get(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        if (!written) return not_fitting(std::move(written.error()), file_.get(), end);
        size_ += bytes.size();
        room_.reached(end);
        return written;
    }
    std::uint64_t size() const override { return size_; }
    /// no_space when the bytes do not fit.
    Result<void> announce(std::uint64_t size) { return room_.announce(file_.get(), size); }
    void set_checksums(std::vector<Digest> checksums) override { checksums_ = std::move(checksums); }

    Result<void> start_from(const store::Content& base, std::uint64_t offset, std::uint64_t expected) override {
        const auto size = base.info().size;
        auto copied = become_copy_of(base);
        const auto room = expected > UINT64_MAX - offset ? UINT64_MAX : offset + expected;
        if (!copied) return not_fitting(std::move(copied.error()), file_.get(), std::max(size, room));
        if (auto fits = room_.announce(file_.get(), room, size); !fits) return fits;
        if (::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) return system_error("lseek");
        begin_ = offset;
        room_.begin_at(offset);
        return {};
    }

    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const override {
        while (true) {
            const auto got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) return system_error("pread");
        }
    }
    void set_modified(std::chrono::sys_seconds modified) override { modified_ = modified; }

    Result<store::Committed> commit(const ResourcePath& path, store::Replace replace, const store::Actor& by,
                                    store::Parent parent) override {
        auto place = take_place(path, parent);
        if (!place) return parent_error(std::move(place.error()));
        auto info = prepare(*place, path);
        if (!info) {
            info.error().changed = Changed::none;  // whatever happened to it, no client has seen it
            return std::unexpected(std::move(info.error()));
        }
        if (replace == store::Replace::must_exist && !replaces_) return system_error("openat", ENOENT);
        if (replace == store::Replace::must_not_exist && dead_link_)
            return fail(FailureCode::dangling_link,
                        "This name is a link without a target; only a PUT without If-None-Match replaces it.");
        auto reserved = volume_.spelling.reserve(*place);
        if (!reserved) return std::unexpected(reserved.error());
        bool exchanged = false;
        auto created = take_name(*place, replace, {path, by}, exchanged);
        if (!created) return parent_error(std::move(created.error()));
        *reserved = {};
        if (!exchanged && aside_) settle(volume_, *aside_);
        if (!exchanged) aside_.reset();
        volume_.marks.arrived(place->folder.get(), place->name);
        if (auto synced = volume_.sync_folder(place->folder.get()); !synced) {
            synced.error().changed = Changed::unknown;
            return std::unexpected(std::move(synced.error()));
        }
        if (record_) volume_.property_sets->hand_over(*record_, old_.get(), file_.get());
        // Only now: nothing may write to a file that would return after a crash.
        settle_copies(path);
        return store::Committed{*created || dead_link_, *info};
    }

private:
    Result<Place> take_place(const ResourcePath& path, store::Parent parent) {
        const bool lent = aside_ && aside_->folder == parent_.get();  // the file may have to be removed there
        if (parent == store::Parent::looked_up || lent) return open_place(volume_.root.get(), path);
        return Place{std::move(parent_), std::string(path.name())};
    }

    Result<bool> take_name(const Place& place, store::Replace replace, Leaving replaced, bool& exchanged) {
        auto change = NameChangePtr();
        if (aside_) {
            auto begun =
                volume_.attributes->follow_move({aside_->folder, aside_->name}, {place.folder.get(), place.name});
            if (!begun) return std::unexpected(std::move(begun.error()));
            change = std::move(*begun);
        }
        std::optional<std::string> trash_id;
        replaced.trash_id = &trash_id;
        exchanged = replace != store::Replace::must_not_exist && exchange_with_former(place, replaced.path);
        auto created = exchanged ? Result<bool>(false)
                                 : put_in_place(volume_, {file_.get(), aside_, replaces_}, place, replace, replaced);
        conclude(change, created, trash_id);
        return created;
    }

    /// Continues in the previous version when the server still has it and few bytes are missing, or in a new copy.
    Result<void> become_copy_of(const store::Content& base) {
        base_ = base.info();
        if (const auto* text = base.in_memory()) return write_all(file_.get(), *text);
        const auto current = entry_info(base.native_handle());
        if (!current) return std::unexpected(current.error());
        auto found = volume_.copies.take(*current, hold_);
        replaces_part_ = found.of_part;
        if (found.copy) return catch_up(base, std::move(*found.copy));
        const auto size = base.info().size;
        return size > max_dense ? copy_sparse(base.native_handle(), file_.get(), size)
                                : copy_content(base.native_handle(), file_.get(), size);
    }

    Result<void> catch_up(const store::Content& base, WorkingCopies::Copy copy) {
        if (aside_) discard(volume_, *aside_);
        file_ = std::move(copy.file);
        aside_ = Aside{volume_.copies.folder(), std::move(copy.name)};
        if (auto stripped = strip_attributes(file_.get()); !stripped) return stripped;
        if (::ftruncate(file_.get(), static_cast<off_t>(base.info().size)) != 0) return system_error("ftruncate");
        for (const auto& span : copy.missing)
            if (auto copied = copy_range(base.native_handle(), file_.get(), span.begin, span.length); !copied)
                return copied;
        return {};
    }

    bool is_base(const Result<EntryInfo>& entry) const {
        return entry && S_ISREG(entry->mode) && base_ && entry->info.identity == base_->identity &&
               entry->info.device == base_->device;
    }

    /// Keeps the version that this part replaces at the place from which this one came. Returns false, with nothing
    /// done, when that is impossible or the trash needs the old version. The trash needs the version before the first
    /// of several parts.
    bool exchange_with_former(const Place& place, const ResourcePath& path) {
        const int folder = place.folder.get();
        if (!base_ || !replaces_ || !aside_ || !is_on_root_mount(volume_, folder)) return false;
        if (is_kept(volume_, folder, path) && !replaces_part_) return false;
        const auto exchange = [&] {
            return ::renameat2(aside_->folder, aside_->name.c_str(), folder, place.name.c_str(), RENAME_EXCHANGE) == 0;
        };
        if (!is_base(entry_info(folder, place.name.c_str())) || !exchange()) return false;
        if (is_base(entry_info(aside_->folder, aside_->name.c_str()))) return true;
        if (exchange()) return false;  // another file had arrived meanwhile: changes back
        discard(volume_, *aside_);
        aside_.reset();
        return true;
    }

    /// Keeps or drops the version with which the next part of this file can begin. Any other change makes it useless.
    void settle_copies(const ResourcePath& path) {
        if (!base_) return volume_.copies.drop(path);
        const auto current = entry_info(file_.get());
        old_.reset();  // a version that another descriptor has open is useless
        if (current && aside_) {
            const bool kept =
                volume_.copies.keep(path, *current, {aside_->folder, aside_->name, {{begin_, size_}}, replaces_part_});
            if (!kept) discard(volume_, *aside_);
        } else if (current) {
            volume_.copies.keep(path, *current, {-1, {}, {}, false});
        }
        if (current) aside_.reset();
    }

    /// Makes the file complete and durable before it gets its name.
    Result<store::ResourceInfo> prepare(const Place& place, const ResourcePath& path) {
        auto done = volume_.property_sets->begin(file_.get());
        if (done) done = keep_old(place, path);
        if (done) done = set_time();
        if (!done) return std::unexpected(std::move(done.error()));
        // From here on only the file's mode changes.
        auto entry = entry_info(file_.get());
        if (!entry) return std::unexpected(std::move(entry.error()));
        if (base_) hold_.add(*entry);
        done = keep_checksums(entry->info);
        if (done) done = keep_access(*entry);
        if (done) done = volume_.sync(file_.get());
        if (!done) return std::unexpected(std::move(done.error()));
        if (old_) entry->info.executable = old_entry_.info.executable;
        return entry->info;
    }

    /// If the file system cannot store the requested time, the upload continues without it, because the content
    /// matters.
    Result<void> set_time() {
        if (!modified_) return set_clock(file_.get(), volume_.clock.next());
        auto set = set_clock_exactly(file_.get(), volume_.clock.within(*modified_));
        if (set || set.error().code != FailureCode::invalid_property_value) return set;
        return set_clock(file_.get(), volume_.clock.next());
    }

    /// After the time, to which the checksums are bound, and together with the other properties in one set.
    Result<void> keep_checksums(const store::ResourceInfo& info) {
        if (checksums_.empty()) return {};
        store::set_checksums(properties_, checksums_, info);
        return volume_.property_sets->write(file_.get(), properties_);
    }

    /// Copies attributes and dead properties of the existing file. keep_access() copies the rest.
    Result<void> keep_old(const Place& place, const ResourcePath& path) {
        auto old = open_old(place, path);
        if (!old) return std::unexpected(std::move(old.error()));
        if (!*old) return {};
        auto entry = entry_info(old->get());
        if (!entry) return std::unexpected(std::move(entry.error()));
        if (entry->info.collection) return fail(FailureCode::is_a_collection, "This is a collection.");
        if (!S_ISREG(entry->mode)) return fail(FailureCode::not_a_regular_file, "This is no ordinary file.");
        replaces_ = true;
        old_ = std::move(*old);
        old_entry_ = *entry;
        const auto seen = copy_attributes(old_.get(), file_.get());
        if (!seen) return std::unexpected(seen.error());
        seen_ = *seen;
        return keep_properties(old_.get(), *seen);
    }

    /// Returns none when there is no resource. A link without a target is none.
    Result<UniqueFd> open_old(const Place& place, const ResourcePath& path) {
        constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
        UniqueFd old(::openat(place.folder.get(), place.name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
        if (old || errno == ENOENT) return old;
        if (errno != ELOOP) return system_error("openat");
        auto led = open_resource(volume_, path, flags);
        dead_link_ = !led && led.error().code == FailureCode::not_found;
        return dead_link_ ? UniqueFd() : std::move(led);
    }

    Result<void> keep_properties(int old, AttributesSeen seen) {
        auto& sets = *volume_.property_sets;
        if (seen.properties) record_ = sets.own_record(old);
        if (!checksums_.empty()) {
            auto set = sets.read(old);
            if (!set && set.error().system) return std::unexpected(std::move(set.error()));
            if (set) {
                properties_ = std::move(*set);
                store::keep_creation_date(properties_, old_entry_.info.created);
                return {};
            }
            checksums_.clear();  // nothing can be added to a damaged set, so it stays as it is
        }
        const auto forget = [](PropertySet& set) {
            set.remove(store::checksums_name());
            return Result<void>();
        };
        return sets.copy(old, seen, file_.get(), {forget, old_entry_.info.created});
    }

    /// Copies owner, access list and mode of the replaced file. Last, because the mode may forbid writing. Skips an
    /// unnecessary change, because each costs a step of the file system's journal.
    Result<void> keep_access(const EntryInfo& mine) {
        if (!old_) return {};
        const bool other_owner = mine.owner != old_entry_.owner || mine.group != old_entry_.group;
        // Only root can give a file away. Any other server remains the owner, with the same mode.
        if (other_owner && ::fchown(file_.get(), old_entry_.owner, old_entry_.group) != 0 && errno != EPERM)
            return system_error("fchown");
        if (auto copied = copy_access_list(old_.get(), file_.get(), seen_); !copied) return copied;
        // Like write(2), this clears the set-ID bits: content from another user must not run with the owner's rights.
        const auto mode = old_entry_.mode & 0777;
        const bool other_mode = other_owner || seen_.access_list || (mine.mode & 07777) != mode;
        if (other_mode && ::fchmod(file_.get(), mode) != 0) return system_error("fchmod");
        return {};
    }

    Volume& volume_;
    Reservation room_;
    UniqueFd file_;
    UniqueFd parent_;  ///< as it was when the upload began; `aside_` may be in it
    std::optional<Aside> aside_;
    WorkingCopies::Hold hold_;
    std::uint64_t begin_ = 0;  ///< the offset of the first byte of write()
    std::uint64_t size_ = 0;
    std::optional<store::ResourceInfo> base_;  ///< of start_from(): this upload is a part
    bool replaces_part_ = false;               ///< a part also made `base_`
    std::optional<std::chrono::sys_seconds> modified_;
    std::vector<Digest> checksums_;
    PropertySet properties_;             ///< written together with the checksums
    bool replaces_ = false;              ///< a file existed at the name a moment ago
    bool dead_link_ = false;             ///< or a link without a target
    UniqueFd old_;                       ///< that file
    std::optional<std::string> record_;  ///< the record of its properties, if no other file uses it
    EntryInfo old_entry_;                ///< of `old_`
    AttributesSeen seen_;                ///< on `old_`
};

}  // namespace

namespace {

/// The last step for a file with a temporary name.
Result<bool> rename_from_aside(Volume& volume, const Aside& from, bool replaces, const Place& place,
                               store::Replace replace, const Leaving& replaced) {
    const int folder = place.folder.get();
    const char* name = place.name.c_str();
    if (is_kept(volume, folder, replaced.path))
        return rename_into(volume, {from.folder, from.name, {}}, place, replace, replaced);
    if (!replaces && rename_to_free_name(from.folder, from.name.c_str(), folder, name) == 0) return true;
    const int error = replaces ? EEXIST : errno;
    if (error != EEXIST || replace == store::Replace::must_not_exist) return system_error("renameat2", error);
    if (::renameat(from.folder, from.name.c_str(), folder, name) != 0) return system_error("renameat");
    return false;
}

}  // namespace

Result<bool> put_in_place(Volume& volume, Arrival arrival, const Place& place, store::Replace replace,
                          const Leaving& replaced) {
    const int folder = place.folder.get();
    const bool replaces = arrival.replaces && replace != store::Replace::must_not_exist;
    const bool had_name = arrival.aside.has_value();
    if (!had_name) {
        if (!replaces) {
            if (link_unnamed(arrival.file, folder, place.name.c_str())) return true;
            if (errno != EEXIST) return system_error("linkat");
            if (replace == store::Replace::must_not_exist) return system_error("linkat", EEXIST);
        }
        auto aside = aside_for(volume, folder, replaced.path.parent(), volume.state.tmp());
        if (!aside) return std::unexpected(std::move(aside.error()));
        if (!link_unnamed(arrival.file, aside->folder, aside->name.c_str())) {
            const int error = errno;
            settle(volume, *aside);
            return system_error("linkat", error);
        }
        arrival.aside = std::move(*aside);
    }
    auto created = rename_from_aside(volume, *arrival.aside, replaces, place, replace, replaced);
    if (had_name) return created;  // the owner of the name removes what is left under it
    if (created)
        settle(volume, *arrival.aside);
    else
        discard(volume, *arrival.aside);
    return created;
}

namespace {

/// stat() of `path`, whose entry in its directory has been read. A link with a target would have been followed.
Result<store::ResourceInfo> stat_of(const Volume& volume, const Result<EntryInfo>& entry, const ResourcePath& path) {
    if (!entry) return std::unexpected(entry.error());
    if (S_ISLNK(entry->mode)) {
        const auto target = open_resource(volume, path, O_PATH);
        return target ? info_of(target->get()) : std::unexpected(target.error());
    }
    if (auto served = check_served(entry->mode); !served) return std::unexpected(std::move(served.error()));
    return entry->info;
}

/// True when the directory of `entry` is on the root's own mount. Usually the entry itself shows it.
bool is_on_root_mount_by(const Volume& volume, int folder, const EntryInfo& entry) {
    return (is_on_root_mount(volume, entry) && !entry.mounted) || is_on_root_mount(volume, folder);
}

struct NewFile {
    UniqueFd file;
    std::optional<Aside> aside;
};
/// Creates an unnamed file where possible. A file that will replace another needs a name before it gets there
/// (put_in_place), so it has one from the start.
Result<NewFile> make_file(const Volume& volume, int folder, const ResourcePath& path, const Result<EntryInfo>& there) {
    NewFile made;
    const bool by_name = volume.attributes->is_kept_by_name();
    const bool replaces = there && is_on_root_mount_by(volume, folder, *there);
    if (!replaces && !by_name) made.file = UniqueFd(::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (made.file) return made;
    if (!replaces && !by_name && errno != EOPNOTSUPP && errno != EISDIR) return system_error("openat");
    auto aside = replaces && !by_name ? Result<Aside>(Aside{volume.state.tmp(), unique_name()})
                                      : aside_for(volume, folder, path.parent(), volume.state.tmp());
    if (!aside) return std::unexpected(std::move(aside.error()));
    made.file = UniqueFd(::openat(aside->folder, aside->name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!made.file) {
        const int error = errno;
        settle(volume, *aside);
        return system_error("openat", error);
    }
    made.aside = std::move(*aside);
    return made;
}

}  // namespace

Result<std::unique_ptr<store::Upload>> begin_upload(Volume& volume, const ResourcePath& path,
                                                    std::optional<std::uint64_t> expected_size,
                                                    const store::Consider& consider) {
    auto folder = open_beneath(volume.root.get(), path.parent().str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return parent_error(std::move(folder.error()));
    const auto entry = entry_info(folder->get(), std::string(path.name()).c_str());
    if (consider)
        if (auto sound = store::judge(stat_of(volume, entry, path), consider); !sound)
            return std::unexpected(std::move(sound.error()));
    auto made = make_file(volume, folder->get(), path, entry);
    if (!made) return error_in(folder->get(), std::move(made.error()));
    auto upload =
        std::make_unique<FileUpload>(volume, std::move(made->file), std::move(made->aside), std::move(*folder));
    if (auto fits = upload->announce(expected_size.value_or(0)); !fits) return std::unexpected(std::move(fits.error()));
    return upload;
}

}  // namespace davit::fs

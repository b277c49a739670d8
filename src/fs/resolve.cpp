#include "resolve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "errors.hpp"

namespace davit::fs {
namespace {

constexpr std::size_t max_links = 40;  ///< as many as the kernel follows

int number_of(const Failure& failure) {
    return failure.system ? failure.system->number : 0;
}

Failure leads_out() {
    return system_failure("openat2", EXDEV);
}

Failure leads_to_state() {
    return {FailureCode::reserved_name, "A link on the way leads to the server's own state.", {}};
}

bool is_link(mode_t mode) {
    return S_ISLNK(mode);
}

/// Walks a path segment by segment, as the kernel would, and tracks the position.
class PathWalk {
public:
    PathWalk(const Volume& volume, store::LastLink last, store::Waiting waiting)
        : volume_(volume), last_(last), waiting_(waiting) {}

    /// Walks `path` from the directory `from`, whose path is canonical.
    Result<store::Resolved> go(ResourcePath from, std::string_view path) {
        found_.path = std::move(from);
        in_state_ = path.starts_with(ResourcePath::reserved_name);  // Diverted: no request can name it
        push(path);
        while (!rest_.empty() && !found_.failure) {
            const auto name = std::move(rest_.back());
            rest_.pop_back();
            if (auto done = step(name); !done) return std::unexpected(std::move(done.error()));
        }
        if (!found_.failure) found_.path = Spelling::shortened(found_.path);
        // A final link without a target represents itself; so does one with a forbidden target.
        if (final_link_ && (missing_ || found_.failure)) {
            if (missing_) found_.leads_to = std::move(found_.path);
            found_.path = std::move(*final_link_);
        }
        return std::move(found_);
    }

private:
    /// The remaining segments, the next one last.
    void push(std::string_view path) {
        while (!path.empty()) {
            const auto slash = path.rfind('/');
            const auto name = slash == path.npos ? path : path.substr(slash + 1);
            if (!name.empty() && name != ".") rest_.emplace_back(name);
            path = slash == path.npos ? std::string_view() : path.substr(0, slash);
        }
    }

    void climb() {
        if (missing_)
            found_.failure = system_failure("openat2", ENOENT);
        else if (found_.path.is_root())
            found_.failure = leads_out();
        else
            found_.path = found_.path.parent();
    }

    Result<void> step(std::string name) {
        if (name == "..") {
            climb();
            return {};
        }
        if (missing_ || blind_) return go_on(name);
        const auto entry = open_entry(name);
        if (!entry) return std::unexpected(entry.error());
        const auto info = *entry ? entry_info(entry->get()) : system_error("openat2");
        if (!info) return go_on(name);
        if (is_link(info->mode)) return follow(entry->get(), name);
        if (!in_state_ && is_state(volume_, *info)) found_.failure = leads_to_state();
        return go_on(name);
    }

    Result<void> go_on(const std::string& name) {
        found_.path = found_.path.child(name);
        return {};
    }

    /// Returns none when there is no such entry, or it is unreadable. Changes `name` to the directory's own form.
    Result<UniqueFd> open_entry(std::string& name) {
        constexpr int look = O_PATH | O_NOFOLLOW;
        const auto folder = open_beneath(volume_.root.get(), found_.path.str(), O_PATH | O_DIRECTORY, waiting_);
        if (!folder) return nothing(folder.error());
        auto entry = open_beneath(folder->get(), name, look, waiting_);
        if (entry || entry.error().code == FailureCode::would_block || !volume_.spelling.has_forms(name))
            return entry ? std::move(entry) : nothing(entry.error());
        const UniqueFd readable(::openat(folder->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!readable) return nothing(entry.error());
        auto other = volume_.spelling.other_form(readable.get(), name, waiting_);
        if (!other) return nothing(other.error());
        if (other->empty()) return nothing(entry.error());
        name = std::move(*other);
        entry = open_beneath(folder->get(), name, look, waiting_);
        return entry ? std::move(entry) : nothing(entry.error());
    }

    Result<UniqueFd> nothing(const Failure& failure) {
        if (failure.code == FailureCode::would_block) return std::unexpected(failure);
        const bool nowhere = failure.code == FailureCode::not_found || failure.code == FailureCode::name_too_long;
        (nowhere ? missing_ : blind_) = true;
        return UniqueFd();
    }

    Result<void> follow(int link, const std::string& name) {
        const auto own = found_.path.child(name);
        if (rest_.empty() && !final_link_) {
            if (last_ == store::LastLink::kept) return go_on(name);
            final_link_ = own;
        }
        std::array<char, 4096> text;
        const auto size = ::readlinkat(link, "", text.data(), text.size());
        if (size <= 0 || size == std::ssize(text)) return go_on(name);
        const std::string_view target(text.data(), static_cast<std::size_t>(size));
        if (target.starts_with('/'))
            found_.failure = leads_out();
        else if (found_.links.size() == max_links)
            found_.failure = Failure{FailureCode::too_many_links, "This leads through too many links.", {}};
        else
            push(target);
        if (has_reserved(target)) found_.failure = leads_to_state();
        found_.links.push_back(own);
        return {};
    }

    static bool has_reserved(std::string_view path) {
        while (!path.empty()) {
            const auto name = path.substr(0, path.find('/'));
            if (ResourcePath::is_reserved(name)) return true;
            path.remove_prefix(std::min(name.size() + 1, path.size()));
        }
        return false;
    }

    const Volume& volume_;
    store::LastLink last_;
    store::Waiting waiting_;
    store::Resolved found_;
    std::vector<std::string> rest_;
    bool missing_ = false;  ///< `found_.path` does not exist; the following segments are taken literally
    bool blind_ = false;    ///< the same, where the server cannot see whether it exists
    bool in_state_ = false;
    std::optional<ResourcePath> final_link_;  ///< the link that was the last name of the requested path
};

/// A mount was crossed on the way to `fd`: checks whether that can be the state directory.
bool may_be_in_state(const Volume& volume, int fd) {
    struct stat status{};
    return volume.state.is_known() && ::fstat(fd, &status) == 0 && status.st_dev == volume.device;
}

std::unexpected<Failure> explain_link(const Volume& volume, const ResourcePath& path, store::Waiting waiting) {
    if (waiting == store::Waiting::refused) return std::unexpected(system_failure("openat2", EAGAIN));
    auto resolved = PathWalk(volume, store::LastLink::followed, waiting).go({}, path.str());
    if (!resolved) return std::unexpected(std::move(resolved.error()));
    if (resolved->failure) return std::unexpected(std::move(*resolved->failure));
    if (resolved->leads_to) return std::unexpected(system_failure("openat2", ENOENT));
    return std::unexpected(system_failure("openat2", ELOOP));
}

}  // namespace

Result<store::Resolved> resolve(const Volume& volume, const ResourcePath& path, store::LastLink last,
                                store::Waiting waiting) {
    const int flags = last == store::LastLink::kept ? O_PATH | O_NOFOLLOW : O_PATH;
    const int root = volume.root.get();
    if (path.is_root()) return store::Resolved{path};
    auto there = open_beneath(root, path.str(), flags, waiting, Links::refused, MountPoints::refused);
    int error = there ? 0 : number_of(there.error());
    if (error == EXDEV) {
        there = open_beneath(root, path.str(), flags, waiting);
        error = there ? 0 : number_of(there.error());
        const bool missing = error == ENOENT && volume.state.is_known();
        if (missing || (there && may_be_in_state(volume, there->get()))) error = EXDEV;
    }
    if (error == EAGAIN) return std::unexpected(there.error());
    const bool walks = error == ELOOP || error == EXDEV ||
                       ((error == ENOENT || error == ENAMETOOLONG) && volume.spelling.has_forms(path.str()));
    if (!walks) return store::Resolved{path};  // the method itself reports the error
    return PathWalk(volume, last, waiting).go({}, path.str());
}

Result<store::Resolved> resolve_member(const Volume& volume, const ResourcePath& folder, std::string_view name) {
    return PathWalk(volume, store::LastLink::followed, store::Waiting::allowed).go(folder, name);
}

Result<UniqueFd> open_resource(const Volume& volume, const ResourcePath& path, int flags, store::Waiting waiting) {
    const int root = volume.root.get();
    auto fd = open_beneath(root, path.str(), flags, waiting, Links::refused, MountPoints::refused);
    bool mounted = false;
    if (!fd && number_of(fd.error()) == EXDEV) {
        fd = open_beneath(root, path.str(), flags, waiting);
        mounted = true;
    }
    if (!fd && number_of(fd.error()) == ELOOP) return explain_link(volume, path, waiting);
    // The path does not exist, but the directory may be the state directory.
    const bool unsure = !fd && mounted && number_of(fd.error()) == ENOENT && volume.state.is_known();
    if (unsure && waiting == store::Waiting::refused) return system_error("openat2", EAGAIN);
    if (!fd || !mounted || !may_be_in_state(volume, fd->get())) return fd;
    if (waiting == store::Waiting::refused) return system_error("openat2", EAGAIN);
    auto resolved = PathWalk(volume, store::LastLink::followed, waiting).go({}, path.str());
    if (!resolved) return std::unexpected(std::move(resolved.error()));
    if (resolved->failure) return std::unexpected(std::move(*resolved->failure));
    return fd;
}

Result<store::ResourceInfo> info_of_link(const Volume& volume, const ResourcePath& path, store::Waiting waiting) {
    const auto link = open_beneath(volume.root.get(), path.str(), O_PATH | O_NOFOLLOW, waiting);
    struct stat status{};
    if (!link || ::fstat(link->get(), &status) != 0 || !is_link(status.st_mode))
        return explain_link(volume, path, waiting);
    auto resolved = PathWalk(volume, store::LastLink::followed, waiting).go({}, path.str());
    if (!resolved) return std::unexpected(std::move(resolved.error()));
    if (resolved->failure) return std::unexpected(std::move(*resolved->failure));
    if (resolved->leads_to) return system_error("openat2", ENOENT);
    const auto target = open_resource(volume, resolved->path, O_PATH, waiting);
    if (!target) return std::unexpected(target.error());
    auto info = info_of(target->get());
    if (info) info->collection = false;
    return info;
}

}  // namespace davit::fs

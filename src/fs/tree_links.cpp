#include "tree_links.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <optional>

#include "entries.hpp"
#include "errors.hpp"
#include "folder_stack.hpp"
#include "resolve.hpp"

namespace davit::fs {
namespace {

std::optional<std::string> path_of_open(int fd) {
    const auto proc = "/proc/self/fd/" + std::to_string(fd);
    std::string text(16384, '\0');
    const auto size = ::readlink(proc.c_str(), text.data(), text.size());
    if (size <= 0 || static_cast<std::size_t>(size) == text.size()) return std::nullopt;
    text.resize(static_cast<std::size_t>(size));
    return text;
}

Steps child_of(Steps steps, std::string_view name) {
    steps.emplace_back(name);
    return steps;
}

Steps steps_or(std::optional<Steps> steps, const ResourcePath& path) {
    return steps ? std::move(*steps) : split_steps(path.str());
}

Result<bool> is_relative_link(int folder, const std::string& name) {
    const auto text = read_link(folder, name);
    if (!text) return std::unexpected(text.error());
    return !text->starts_with('/');
}

/// For each level of a walk, the subdirectories still to be entered.
using Folders = std::vector<std::vector<std::string>>;

/// Called for a link that leads out of the tree, in the current directory of `way`. Returns true to end the walk.
using Judge = std::function<bool(const FolderStack& way, const std::string& name)>;

/// One directory of the walk. Returns true when `judge` has ended it.
Result<bool> look_through(const FolderStack& way, std::vector<std::string>& folders, const Judge& judge) {
    const int folder = way.fd();
    Entries entries(folder);
    if (!entries) return system_error("openat");
    while (const auto* name = entries.next()) {
        auto type = entries.type();
        if (type == DT_UNKNOWN) {
            const auto info = entry_info(folder, name);
            type = !info ? DT_REG : S_ISDIR(info->mode) ? DT_DIR : S_ISLNK(info->mode) ? DT_LNK : DT_REG;
        }
        if (type == DT_DIR) folders.emplace_back(name);
        if (type != DT_LNK) continue;
        const auto text = read_link(folder, name);
        if (!text && text.error().code != FailureCode::not_found) return std::unexpected(text.error());
        if (text && leaves_tree(*text, way.depth()) && judge(way, name)) return true;
    }
    if (entries.error() != 0) return system_error("readdir", entries.error());
    return false;
}

/// The server may not read the directory, or it is gone.
bool is_closed(int number) {
    return number == EACCES || number == ENOENT;
}

/// Returns true when `judge` has ended the walk.
Result<bool> walk_links_out(int top, const store::Deadline& until, const Judge& judge) {
    FolderStack stack(top);
    Folders to_do(1);
    if (const auto found = look_through(stack, to_do.back(), judge); !found || *found) return found;
    while (!to_do.empty()) {
        if (until.is_over()) return std::unexpected(store::out_of_time());
        if (to_do.back().empty()) {
            to_do.pop_back();
            if (!to_do.empty() && !stack.pop()) return system_error("openat");
            continue;
        }
        const auto name = std::move(to_do.back().back());
        to_do.back().pop_back();
        if (!stack.enter(name.c_str())) {
            if (is_closed(errno)) continue;
            return system_error("openat");
        }
        to_do.emplace_back();
        if (const auto found = look_through(stack, to_do.back(), judge); !found || *found) return found;
    }
    return false;
}

}  // namespace

std::optional<Steps> canonical_steps(const Volume& volume, int fd) {
    const auto root = path_of_open(volume.root.get());
    const auto path = path_of_open(fd);
    if (!root || !path || is_removed(fd)) return std::nullopt;
    if (*path == *root) return Steps();
    const auto start = root->ends_with('/') ? *root : *root + '/';
    if (!path->starts_with(start)) return std::nullopt;
    return split_steps(std::string_view(*path).substr(start.size()));
}

Relocation relocation_of(const Volume& volume, int source, const ResourcePath& from, const Place& place,
                         const ResourcePath& to) {
    return {steps_or(canonical_steps(volume, source), from),
            child_of(steps_or(canonical_steps(volume, place.folder.get()), to.parent()), place.name)};
}

Relocation relocation_of_entry(const Volume& volume, int folder, const ResourcePath& from, const Place& place,
                               const ResourcePath& to) {
    return {child_of(steps_or(canonical_steps(volume, folder), from.parent()), from.name()),
            child_of(steps_or(canonical_steps(volume, place.folder.get()), to.parent()), place.name)};
}

std::optional<Steps> resolve_link(const Volume& volume, const Steps& link) {
    std::string path;
    for (const auto& step : link) path += (path.empty() ? "" : "/") + step;
    const auto target = open_beneath(volume.root.get(), path, O_PATH, store::Waiting::allowed, Links::followed);
    return target ? canonical_steps(volume, target->get()) : std::nullopt;
}

Result<std::string> read_link(int folder, const std::string& name) {
    std::array<char, 4096> text;
    const auto size = ::readlinkat(folder, name.c_str(), text.data(), text.size());
    if (size < 0) return system_error("readlinkat");
    return std::string(text.data(), static_cast<std::size_t>(size));
}

std::unexpected<Failure> link_would_change(const ResourcePath& link) {
    return fail(FailureCode::link_elsewhere,
                "This link leads nowhere at the moment, and from its new place it could lead to something else.",
                {link});
}

std::unexpected<Failure> link_would_end(const ResourcePath& link) {
    return fail(FailureCode::link_elsewhere,
                "This link leads to a part of the Destination, which would be replaced. Remove the link, or move what "
                "it leads to.",
                {link});
}

Result<bool> has_moving_links(int folder, const std::string& name, const store::Deadline& until) {
    const auto entry = entry_info(folder, name.c_str());
    if (!entry && entry.error().code == FailureCode::not_found) return false;  // the rename reports it
    if (!entry) return std::unexpected(entry.error());
    if (S_ISLNK(entry->mode)) return is_relative_link(folder, name);
    if (!S_ISDIR(entry->mode)) return false;
    const UniqueFd top(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!top && is_closed(errno)) return false;
    if (!top) return system_error("openat");
    return walk_links_out(top.get(), until, [](const auto&, const auto&) { return true; });
}

Result<void> check_links_stay(const Volume& volume, const ResourcePath& from, const ResourcePath& to,
                              const store::Deadline& until) {
    const auto top = open_beneath(volume.root.get(), from.str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!top) return {};  // not a directory, or one whose links are unreadable
    std::optional<ResourcePath> culprit;
    const Judge ends = [&](const FolderStack& way, const std::string& name) {
        auto folder = from;
        for (const auto& step : way.names()) folder = folder.child(step);
        const auto resolved = resolve_member(volume, folder, name);
        if (!resolved || !store::leads_through(*resolved, to)) return false;
        culprit = folder.child(name);
        return true;
    };
    const auto found = walk_links_out(top->get(), until, ends);
    if (!found) return std::unexpected(found.error());
    return culprit ? Result<void>(link_would_end(*culprit)) : Result<void>();
}

}  // namespace davit::fs

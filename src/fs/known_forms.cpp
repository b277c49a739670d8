#include "known_forms.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>

#include "davit/fs/unicode.hpp"
#include "entries.hpp"
#include "errors.hpp"

namespace davit::fs {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

namespace {

/// UAX 15, 13 ("stream-safe"): more consecutive marks than any script uses. Ordering a run of n marks takes n * n
/// steps.
constexpr std::size_t max_marks = 32;

/// True when the decomposed name has a run of more than `max_marks` combining marks.
bool has_long_run_of_marks(std::string_view name) {
    if (name.size() <= max_marks) return false;
    std::size_t run = 0;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
    for (auto left = static_cast<utf8proc_ssize_t>(name.size()); left > 0;) {
        utf8proc_int32_t point = 0;
        const auto bytes = utf8proc_iterate(at, left, &point);
        if (bytes <= 0) return false;  // not UTF-8, so it has no form
        at += bytes;
        left -= bytes;
        std::array<utf8proc_int32_t, 8> parts{};
        int last_class = 0;
        auto count =
            utf8proc_decompose_char(point, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                    static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &last_class);
        count = std::clamp<utf8proc_ssize_t>(count, 0, static_cast<utf8proc_ssize_t>(parts.size()));
        for (const auto part : std::span(parts).first(static_cast<std::size_t>(count))) {
            run = utf8proc_get_property(part)->combining_class == 0 ? 0 : run + 1;
            if (run > max_marks) return true;
        }
    }
    return false;
}

}  // namespace

std::optional<std::string> form_of(std::string_view name) {
    if (has_long_run_of_marks(name)) return std::nullopt;
    utf8proc_uint8_t* made = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()), static_cast<utf8proc_ssize_t>(name.size()),
                     &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype([](utf8proc_uint8_t* text) { std::free(text); })> owned(made);
    if (size < 0) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

std::string composed(std::string_view path) {
    std::string all;
    while (true) {
        const auto name = path.substr(0, path.find('/'));
        all += form_of(name).value_or(std::string(name));
        if (name.size() == path.size()) return all;
        all += '/';
        path.remove_prefix(name.size() + 1);
    }
}

void KnownForms::add(Forms& names, std::string_view name) {
    if (is_ascii(name)) return;
    if (auto form = form_of(name)) names.emplace(std::move(*form), name);
}

Result<KnownForms::Forms> KnownForms::read(int folder) {
    Forms names;
    Entries entries(folder);
    if (!entries) return system_error("openat");
    while (const auto* name = entries.next()) add(names, name);
    if (entries.error() != 0) return system_error("readdir", entries.error());
    return names;
}

KnownForms::Names KnownForms::of_form(const Forms& names, const std::string& form) {
    Names found;
    for (auto at = names.lower_bound({form, {}}); at != names.end() && at->first == form; ++at)
        found.push_back(at->second);
    return found;
}

std::optional<KnownForms::Names> KnownForms::find(int folder, const std::string& form) {
    struct stat status{};
    if (!keeps_ || ::fstat(folder, &status) != 0) return std::nullopt;
    const std::lock_guard guard(mutex_);
    listen();
    const auto found = std::ranges::find_if(folders_, [&](const Folder& each) {
        return each.whole && each.inode == status.st_ino && each.device == status.st_dev;
    });
    if (found == folders_.end()) return std::nullopt;
    folders_.splice(folders_.begin(), folders_, found);
    return of_form(found->names, form);
}

/// The watch starts before the reading, so a name that arrives meanwhile is in one or the other.
Result<KnownForms::Names> KnownForms::of(int folder, const std::string& form) {
    if (auto known = find(folder, form)) return std::move(*known);
    const auto watched_by = watch(folder);
    auto names = read(folder);
    if (!names) return std::unexpected(std::move(names.error()));
    auto found = of_form(*names, form);
    if (watched_by) keep(*watched_by, std::move(*names));
    return found;
}

std::optional<int> KnownForms::watch(int folder) {
    struct stat status{};
    if (!keeps_ || ::fstat(folder, &status) != 0 || status.st_dev != device_) return std::nullopt;
    const std::lock_guard guard(mutex_);
    if (!events_) events_ = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!events_) return std::nullopt;
    listen();
    const auto path = "/proc/self/fd/" + std::to_string(folder);
    const int watch = ::inotify_add_watch(events_.get(), path.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    if (watch < 0) return std::nullopt;
    if (watched(watch) == folders_.end()) folders_.push_front({watch, status.st_dev, status.st_ino});
    make_room();
    return watch;
}

/// The directory was watched while it was read. The watch may have ended meanwhile, and duplicate names merge.
void KnownForms::keep(int watch, Forms names) {
    const std::lock_guard guard(mutex_);
    listen();
    const auto folder = watched(watch);
    if (folder == folders_.end()) return;
    folder->names.merge(names);
    folder->whole = true;
    make_room();
}

std::list<KnownForms::Folder>::iterator KnownForms::watched(int watch) {
    return std::ranges::find(folders_, watch, &Folder::watch);
}

/// Reads the kernel's events without blocking.
void KnownForms::listen() {
    alignas(inotify_event) std::array<char, 8192> buffer;
    while (true) {
        const auto size = ::read(events_.get(), buffer.data(), buffer.size());
        if (size <= 0) return make_room();
        for (const char* at = buffer.data(); at < buffer.data() + size;) {
            const auto& event = *reinterpret_cast<const inotify_event*>(at);
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0)  // the kernel has dropped events
                while (!folders_.empty()) forget(folders_.begin());
            const auto folder = watched(event.wd);
            if (folder == folders_.end()) continue;
            if ((event.mask & IN_IGNORED) != 0)
                folders_.erase(folder);  // the directory is gone, and its inode number is free
            else if (event.len > 0)
                add(folder->names, event.name);
        }
    }
}

void KnownForms::forget(std::list<Folder>::iterator folder) {
    ::inotify_rm_watch(events_.get(), folder->watch);
    folders_.erase(folder);
}

void KnownForms::make_room() {
    std::size_t names = 0;
    for (const auto& folder : folders_) names += folder.names.size();
    while (!folders_.empty() && (names > most_names || folders_.size() > most_folders)) {
        names -= folders_.back().names.size();
        forget(std::prev(folders_.end()));
    }
}

}  // namespace davit::fs

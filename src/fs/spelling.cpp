#include "spelling.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "listing.hpp"

namespace davit::fs {
namespace {

using Directory = std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })>;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

/// NFC; nothing when it is no UTF-8.
std::optional<std::string> form_of(std::string_view name) {
    utf8proc_uint8_t* made = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()), static_cast<utf8proc_ssize_t>(name.size()),
                     &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype([](utf8proc_uint8_t* text) { std::free(text); })> owned(made);
    if (size < 0) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

/// The entry of an open folder that is `name` in another form; of several the first in the order of their bytes.
std::optional<std::string> other_form(int folder, const ResourcePath& path, const std::string& name) {
    const auto form = form_of(name);
    if (!form) return std::nullopt;
    const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return std::nullopt;
    const Directory directory(::fdopendir(again));
    if (!directory) return ::close(again), std::nullopt;
    // Few names of ASCII are another name's form (KELVIN SIGN is composed to K), and then they are it.
    const bool ascii_too = is_ascii(*form);
    std::optional<std::string> found;
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string_view each(entry->d_name);
        if ((is_ascii(each) && !ascii_too) || !is_shown(path, each) || (found && *found <= each)) continue;
        if (form_of(each) == form) found = each;
    }
    return found;
}

bool stands(int folder, const std::string& name) {
    return ::faccessat(folder, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Segment by segment, as far as there is something.
ResourcePath walk(int root, const ResourcePath& path) {
    ResourcePath found;
    std::string_view rest = path.str();
    while (!rest.empty()) {
        const auto folder = open_beneath(root, found.str(), O_RDONLY | O_DIRECTORY);
        if (!folder) break;
        auto name = std::string(rest.substr(0, rest.find('/')));
        const auto size = name.size();
        if (!stands(folder->get(), name)) {
            auto other = is_ascii(name) ? std::nullopt : other_form(folder->get(), found, name);
            if (!other) break;
            name = std::move(*other);
        }
        found = found.child(name);
        rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return rest.empty() ? found : found.child(rest);
}

}  // namespace

Result<ResourcePath> Spelling::of(const ResourcePath& path, store::Waiting waiting) const {
    if (names_ == Names::exact || is_ascii(path.str())) return path;
    const auto there = open_beneath(root_, path.str(), O_PATH | O_NOFOLLOW, waiting);
    if (there) return path;
    if (waiting == store::Waiting::refused) return fail(FailureCode::would_block, "The folder has to be read.");
    if (there.error().code != FailureCode::not_found) return path;  // whoever goes there says what it is
    return walk(root_, path);
}

Result<Spelling::Reserved> Spelling::reserve(const Place& place) {
    if (names_ == Names::exact || is_ascii(place.name)) return Reserved();
    Reserved reserved(making_);
    if (stands(place.folder.get(), place.name)) return Reserved();
    // A hidden name is ASCII: which folder this is does not matter.
    if (const auto other = other_form(place.folder.get(), ResourcePath(), place.name))
        return fail(FailureCode::other_spelling, "This name has just been made in another Unicode form (NFC, NFD).");
    return reserved;
}

}  // namespace davit::fs

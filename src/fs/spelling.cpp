#include "spelling.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "errors.hpp"
#include "listing.hpp"

namespace davit::fs {
namespace {

bool stands(int folder, const std::string& name) {
    return ::faccessat(folder, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

Result<std::string> Spelling::other_form(int folder, const std::string& name, store::Waiting waiting) const {
    auto form = form_of(name);
    if (!form) return std::string();
    // A few names compose to ASCII (KELVIN SIGN to K). They are not among the directory's cached forms.
    if (is_ascii(*form) && is_shown(ResourcePath(), *form) && stands(folder, *form)) return std::move(*form);
    auto names = known_.find(folder, *form);
    if (!names && waiting != store::Waiting::allowed)
        return fail(FailureCode::would_block, "The folder has to be read.");
    if (!names) {
        auto read = known_.of(folder, *form);
        if (!read) return std::unexpected(std::move(read.error()));
        names = std::move(*read);
    }
    for (auto& other : *names)
        if (other != name && stands(folder, other)) return std::move(other);
    return std::string();
}

ResourcePath Spelling::shortened(const ResourcePath& path) {
    if (path.fits()) return path;
    ResourcePath shorter;
    std::string_view rest = path.str();
    while (!rest.empty()) {
        const auto name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        const auto form = name.size() > ResourcePath::max_name ? form_of(name) : std::nullopt;
        shorter = shorter.child(form ? std::string_view(*form) : name);
    }
    return shorter;
}

bool Spelling::has_forms(std::string_view name) const {
    return names_ == Names::by_form && !is_ascii(name);
}

Result<Spelling::Reserved> Spelling::reserve(const Place& place, store::Waiting waiting) {
    if (!has_forms(place.name)) return Reserved();
    // The look-up may have to read a directory, or wait for another thread.
    if (waiting == store::Waiting::refused) return system_error("read", EAGAIN);
    const int folder = place.folder.get();
    struct stat status{};
    if (::fstat(folder, &status) != 0) return system_error("fstat");
    Reserved reserved(making_[status.st_ino % making_.size()]);
    if (stands(folder, place.name)) return Reserved();
    const auto other = other_form(folder, place.name, store::Waiting::allowed);
    if (!other) return std::unexpected(other.error());
    if (!other->empty())
        return fail(FailureCode::other_spelling, "This name has just been made in another Unicode form (NFC, NFD).");
    return reserved;
}

}  // namespace davit::fs

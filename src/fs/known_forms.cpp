#include "known_forms.hpp"

#include <fcntl.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "davit/fs/unicode.hpp"
#include "entries.hpp"

namespace davit::fs {
bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

std::optional<std::string> form_of(std::string_view name) {
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

Forms forms_in(int folder) {
    Forms forms;
    Entries entries(folder);
    while (const auto* entry = entries ? entries.next() : nullptr) {
        const std::string_view name(entry);
        if (is_ascii(name)) continue;
        auto form = form_of(name);
        if (!form) continue;
        const auto [there, added] = forms.try_emplace(std::move(*form), name);
        if (!added && name < there->second) there->second = name;
    }
    return forms;
}

std::shared_ptr<const Forms> KnownForms::find(int folder) {
    if (!keeps_) return nullptr;
    const auto identity = KnownResources::settled_identity(folder);
    if (!identity) return nullptr;
    const std::lock_guard guard(mutex_);
    const auto found = std::ranges::find(entries_, *identity, &Entry::identity);
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return found->forms;
}

std::shared_ptr<const Forms> KnownForms::of(int folder) {
    if (auto known = find(folder)) return known;
    const auto identity = keeps_ ? KnownResources::settled_identity(folder) : std::nullopt;
    auto forms = std::make_shared<const Forms>(forms_in(folder));
    if (identity && identity->device == device_) keep(*identity, forms);
    return forms;
}

void KnownForms::keep(const Identity& identity, std::shared_ptr<const Forms> forms) {
    if (forms->size() > most_names) return;
    const std::lock_guard guard(mutex_);
    const auto old = std::ranges::find_if(entries_, [&](const Entry& entry) {
        return entry.identity.inode == identity.inode && entry.identity.device == identity.device;
    });
    if (old != entries_.end()) {
        names_ -= old->forms->size();
        entries_.erase(old);
    }
    names_ += forms->size();
    entries_.push_front({identity, std::move(forms)});
    while (names_ > most_names || entries_.size() > most_folders) {
        names_ -= entries_.back().forms->size();
        entries_.pop_back();
    }
}

}  // namespace davit::fs

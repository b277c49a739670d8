#pragma once
// Names that differ only in their Unicode form (NFC, NFD) are one name (docs/dialects.md).
#include <array>
#include <mutex>

#include "confined.hpp"
#include "known_forms.hpp"

namespace davit::fs {

enum class Names : std::uint8_t { by_form, exact };

/// Thread-safe. A name that is not UTF-8 has no form and matches byte for byte only.
class Spelling {
public:
    /// Applies to the file system `device`. `keeps`: names may be cached.
    void begin(std::uint64_t device, Names names, bool keeps) {
        names_ = names;
        known_.begin(keeps, device);
    }

    /// True when the entry `name` may have another name, in another form.
    bool has_forms(std::string_view name) const;
    /// Composes the names that are too long in decomposed form but fit when composed.
    static ResourcePath shortened(const ResourcePath& path);
    /// The entry that equals `name` in another Unicode form; "" when the directory has none. `folder` is open for
    /// reading.
    Result<std::string> other_form(int folder, const std::string& name, store::Waiting waiting) const;

    /// Call this before creating a name in an open directory, and hold the result until it exists. other_spelling when
    /// the directory has the name in another form. Holds nothing for ASCII names and for existing ones.
    using Reserved = std::unique_lock<std::mutex>;
    Result<Reserved> reserve(const Place& place, store::Waiting waiting = store::Waiting::allowed);

private:
    Names names_ = Names::exact;
    mutable KnownForms known_;
    /// Serialises the check and the creation of two forms of one name in a directory. By the directory's inode, so that
    /// others do not wait while it is read.
    std::array<std::mutex, 256> making_;
};

}  // namespace davit::fs

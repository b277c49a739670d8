#pragma once
// Names that differ only in their Unicode form (NFC, NFD) are one name (docs/dialects.md).
#include <array>
#include <mutex>

#include "confined.hpp"
#include "known_forms.hpp"

namespace davit::fs {

enum class Names : std::uint8_t { by_form, exact };

/// Thread-safe. Bytes that are no UTF-8 have no form, and match byte for byte only.
class Spelling {
public:
    /// On the file system `device`. `keeps`: names read may be remembered.
    void begin(std::uint64_t device, Names names, bool keeps) {
        names_ = names;
        known_.begin(keeps, device);
    }

    /// May the entry that `name` stands for have another name, in another form?
    bool has_forms(std::string_view name) const;
    /// Names that are too long to be kept as they are and fit when composed: composed.
    static ResourcePath shortened(const ResourcePath& path);
    /// The entry of a folder that is `name`, which it has not, in another form; "": it has none. `folder` is open for
    /// reading.
    Result<std::string> other_form(int folder, const std::string& name, store::Waiting waiting) const;

    /// Asked before a name is given to something in an open folder, and held until it has it: other_spelling when the
    /// folder has the name in another form. Nothing is held for names of ASCII alone, nor for one that is there.
    using Reserved = std::unique_lock<std::mutex>;
    Result<Reserved> reserve(const Place& place, store::Waiting waiting = store::Waiting::allowed);

private:
    Names names_ = Names::exact;
    mutable KnownForms known_;
    /// Two forms of one name are not looked for, and made, in one folder at the same time; by its inode, so that others
    /// do not wait while it is read.
    std::array<std::mutex, 256> making_;
};

}  // namespace davit::fs

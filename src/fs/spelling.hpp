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
    /// Borrows `root`, on the file system `device`. `keeps`: names read may be remembered.
    void begin(int root, std::uint64_t device, Names names, bool keeps) {
        root_ = root;
        names_ = names;
        known_.begin(keeps, device);
    }

    /// store::ResourceStore::spelling().
    Result<ResourcePath> of(const ResourcePath& path, store::Waiting waiting) const;

    /// Asked before a name is given to something in an open folder, and held until it has it: other_spelling when the
    /// folder has the name in another form. Nothing is held for names of ASCII alone, nor for one that is there.
    using Reserved = std::unique_lock<std::mutex>;
    Result<Reserved> reserve(const Place& place, store::Waiting waiting = store::Waiting::allowed);

private:
    Result<std::string> other_form(int folder, const std::string& name, store::Waiting waiting) const;
    Result<ResourcePath> walk(const ResourcePath& path, store::Waiting waiting) const;

    int root_ = -1;
    Names names_ = Names::exact;
    mutable KnownForms known_;
    /// Two forms of one name are not looked for, and made, in one folder at the same time; by its inode, so that others
    /// do not wait while it is read.
    std::array<std::mutex, 256> making_;
};

}  // namespace davit::fs

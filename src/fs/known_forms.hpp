#pragma once
// Which names beyond ASCII a folder has, by their Unicode form, so that it need not be read for every request of a Mac.
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "known_resources.hpp"

namespace davit::fs {

/// Name by NFC form; of several names of one form the first in the order of their bytes.
using Forms = std::unordered_map<std::string, std::string>;

bool is_ascii(std::string_view text);
/// NFC; nothing when it is no UTF-8.
std::optional<std::string> form_of(std::string_view name);
/// The same of an open folder's entries. Reads it.
Forms forms_in(int folder);

/// Thread-safe, bounded. Good for as long as the folder's ctime is the one it had before it was read.
class KnownForms {
public:
    /// `device`: of the folders whose names are kept; the ctime of others may be worth nothing.
    void begin(bool keeps, std::uint64_t device) {
        keeps_ = keeps;
        device_ = device;
    }

    /// What is known of an open folder, or null.
    std::shared_ptr<const Forms> find(int folder);
    /// The same, read when it is not known.
    std::shared_ptr<const Forms> of(int folder);

private:
    using Identity = KnownResource::Identity;
    struct Entry {
        Identity identity;
        std::shared_ptr<const Forms> forms;
    };
    static constexpr std::size_t most_folders = 64;
    static constexpr std::size_t most_names = 50000;  ///< in all; each takes some two hundred bytes

    void keep(const Identity& identity, std::shared_ptr<const Forms> forms);

    bool keeps_ = false;
    std::uint64_t device_ = 0;
    std::mutex mutex_;
    std::list<Entry> entries_;  ///< used last first
    std::size_t names_ = 0;
};

}  // namespace davit::fs

#pragma once
// Remembers which non-ASCII names a directory has, by their Unicode form, so that the server need not read the
// directory for every request of a Mac.
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "davit/core/failure.hpp"
#include "unique_fd.hpp"

namespace davit::fs {

bool is_ascii(std::string_view text);
/// NFC; nothing when the name is not UTF-8.
std::optional<std::string> form_of(std::string_view name);

/// Thread-safe, bounded. Reads a directory once. From then on the kernel reports new names (inotify), whichever program
/// creates them, before the creating call returns. A ctime could not do that: it shows two changes within one clock
/// tick as one, and every upload would force another reading. Removed names are not reported.
class KnownForms {
public:
    using Names = std::vector<std::string>;  ///< in byte order

    /// `device`: of the directories that are cached. Other devices may be changed without this machine's kernel seeing
    /// it.
    void begin(bool keeps, std::uint64_t device) {
        keeps_ = keeps;
        device_ = device;
    }

    /// Names of one form that an open directory has or had recently. Returns nothing when its names are not cached.
    std::optional<Names> find(int folder, const std::string& form);
    /// The same, but reads the directory when it is not cached.
    Result<Names> of(int folder, const std::string& form);

private:
    using Forms = std::set<std::pair<std::string, std::string>>;  ///< form and name
    struct Folder {
        int watch;
        std::uint64_t device, inode;  ///< unique while the directory is watched
        bool whole = false;           ///< the whole directory has been read; before that the list has only newer names
        Forms names{};
    };
    static constexpr std::size_t most_folders = 64;
    static constexpr std::size_t most_names = 50000;  ///< in total; each takes about two hundred bytes

    static Result<Forms> read(int folder);
    static Names of_form(const Forms& names, const std::string& form);
    static void add(Forms& names, std::string_view name);

    std::optional<int> watch(int folder);
    void keep(int watch, Forms names);
    std::list<Folder>::iterator watched(int watch);
    void listen();
    void forget(std::list<Folder>::iterator folder);
    void make_room();

    bool keeps_ = false;
    std::uint64_t device_ = 0;
    std::mutex mutex_;
    UniqueFd events_;            ///< of inotify(7); created at first use
    std::list<Folder> folders_;  ///< most recently used first
};

}  // namespace davit::fs

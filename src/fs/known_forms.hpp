#pragma once
// Which names beyond ASCII a folder has, by their Unicode form, so that it need not be read for every request of a Mac.
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
/// NFC; nothing when it is no UTF-8.
std::optional<std::string> form_of(std::string_view name);

/// Thread-safe, bounded. A folder is read once; from then on the kernel tells (inotify) which names have come, whoever
/// makes them, before the call that made them returns. A ctime could not do that: of two changes within one tick of the
/// clock it shows one, and of many uploads each would have the folder read again. Names that have gone are not told.
class KnownForms {
public:
    using Names = std::vector<std::string>;  ///< in the order of their bytes

    /// `device`: of the folders whose names are kept; others may be changed where no kernel of this machine sees it.
    void begin(bool keeps, std::uint64_t device) {
        keeps_ = keeps;
        device_ = device;
    }

    /// Names of one form that an open folder has, or had not long ago; nothing when its names are not known.
    std::optional<Names> find(int folder, const std::string& form);
    /// The same, read when they are not known.
    Result<Names> of(int folder, const std::string& form);

private:
    using Forms = std::set<std::pair<std::string, std::string>>;  ///< form and name
    struct Folder {
        int watch;
        std::uint64_t device, inode;  ///< nobody else's while it is watched
        bool whole = false;           ///< it has been read; until then there are only names that came since
        Forms names{};
    };
    static constexpr std::size_t most_folders = 64;
    static constexpr std::size_t most_names = 50000;  ///< in all; each takes some two hundred bytes

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
    UniqueFd events_;            ///< of inotify(7); made when it is first needed
    std::list<Folder> folders_;  ///< used last first
};

}  // namespace davit::fs

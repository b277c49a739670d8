#include "record_check.hpp"

#include <fcntl.h>

#include <set>
#include <tuple>

#include "damaged_sets.hpp"
#include "entries.hpp"
#include "errors.hpp"
#include "folder_stack.hpp"
#include "property_codec.hpp"

namespace davit::fs {
namespace {

class RecordCheck {
public:
    RecordCheck(const Volume& volume, bool repair, TreeReport& report)
        : volume_(volume), repair_(repair), report_(report) {}

    void visit_root() {
        ++report_.resources;
        const Names top;
        look_at(volume_.root.get(), {top});
        visit_members(volume_.root.get(), top);
    }
    /// Entries of the trash and diverted junk files are no resources, but point to records too.
    void visit_own(int fd, std::string_view name) {
        const auto counted = std::pair(report_.resources, report_.with_properties);
        const Names top{std::string(ResourcePath::reserved_name), std::string(name)};
        visit_members(fd, top);
        std::tie(report_.resources, report_.with_properties) = counted;
    }
    /// Properties that belong to no file now.
    Result<void> visit_detached() {
        return volume_.property_table->each_detached([this](const std::string& value) {
            if (const auto pointer = decode_pointer(value)) used_.insert(pointer->id);
        });
    }
    bool used(const std::string& record) const { return used_.contains(record); }

private:
    using Names = std::vector<std::string>;

    /// The place of an entry as text, made only when a message needs it.
    struct Where {
        const Names& top;
        const FolderStack* stack = nullptr;
        std::string_view name{};

        ResourcePath path() const {
            ResourcePath path;
            for (const auto& step : top) path = path.child(step);
            if (stack)
                for (const auto& step : stack->names()) path = path.child(step);
            return name.empty() ? path : path.child(name);
        }
    };

    void look_at(int fd, const Where& where) {
        const auto value = volume_.attributes->read(fd);
        if (!value) return unreadable(where);
        if (!*value) return;
        ++report_.with_properties;
        const auto pointer = decode_pointer(**value);
        const auto set = volume_.property_sets->read(fd);
        const bool damaged = !set && !set.error().system;
        if (damaged && repair_ && !is_of_newer_version(**value)) return repair(fd, where, **value);
        if (pointer) used_.insert(pointer->id);
        if (damaged && is_of_newer_version(**value))
            report_.newer.push_back(where.path());
        else if (damaged)
            report_.damaged.push_back(where.path());
        else if (!set)
            unreadable(where);
    }

    /// A record that only this set pointed to stays until unused records are removed, because its bytes have been
    /// saved.
    void repair(int fd, const Where& where, const std::string& value) {
        const auto path = where.path();
        const auto done = replace_damaged_set(volume_, fd, path, value);
        (done ? report_.repaired : report_.damaged).push_back(path);
        const auto pointer = done ? std::nullopt : decode_pointer(value);
        if (pointer) used_.insert(pointer->id);
    }

    /// Depth first and without recursion, because clients decide the depth of a tree.
    void visit_members(int top, const Names& names) {
        FolderStack stack(top);
        std::vector<Names> folders(1);
        visit_folder(stack, names, folders.back());
        while (!folders.empty()) {
            if (folders.back().empty()) {
                folders.pop_back();
                if (!folders.empty() && !stack.pop()) return unreadable({names});
                continue;
            }
            const auto name = std::move(folders.back().back());
            folders.back().pop_back();
            if (!stack.enter(name.c_str())) {
                unreadable({names, &stack, name});
                continue;
            }
            folders.emplace_back();
            visit_folder(stack, names, folders.back());
        }
    }

    /// Visits the members of one directory and leaves its subdirectories in `folders`.
    void visit_folder(const FolderStack& stack, const Names& top, Names& folders) {
        Entries entries(stack.fd());
        if (!entries) return unreadable({top, &stack});
        while (const auto* name = entries.next()) {
            const Where where{top, &stack, name};
            if (ResourcePath::is_reserved(name)) {
                if (name != ResourcePath::reserved_name) report_.hidden.push_back(where.path());
                continue;
            }
            const auto info = entry_info(stack.fd(), name);
            if (!info || (!S_ISREG(info->mode) && !S_ISDIR(info->mode))) continue;
            const UniqueFd opened(::openat(stack.fd(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (!opened) {
                unreadable(where);
                continue;
            }
            ++report_.resources;
            look_at(opened.get(), where);
            if (info->info.collection) folders.emplace_back(name);
        }
        if (entries.error() != 0) unreadable({top, &stack});
    }

    void unreadable(const Where& where) { report_.unreadable.push_back(where.path()); }

    const Volume& volume_;
    bool repair_;
    TreeReport& report_;
    std::set<std::string> used_;
};

/// All names in records/ that no property set points to.
Result<std::vector<std::string>> unreferenced(int records, const RecordCheck& check, TreeReport& report) {
    Entries entries(records);
    if (!entries) return system_error("openat");
    std::vector<std::string> names;
    while (const auto* entry = entries.next()) {
        const std::string name = entry;
        ++report.records;
        if (!check.used(name)) names.push_back(name);
    }
    if (entries.error() != 0) return system_error("readdir", entries.error());
    return names;
}

}  // namespace

Result<TreeReport> check_records(const Volume& volume, bool repair) {
    TreeReport report;
    RecordCheck check(volume, repair, report);
    check.visit_root();
    check.visit_own(volume.state.trash(), "trash");
    if (volume.state.litter() >= 0) check.visit_own(volume.state.litter(), "litter");
    if (auto visited = check.visit_detached(); !visited) return std::unexpected(visited.error());
    const auto names = unreferenced(volume.state.records(), check, report);
    if (!names) return std::unexpected(names.error());
    report.unreferenced = names->size();
    // An unreadable set may point to any of them.
    if (!repair || !report.unreadable.empty()) return report;
    for (const auto& name : *names)
        if (::unlinkat(volume.state.records(), name.c_str(), 0) == 0) ++report.removed;
    return report;
}

}  // namespace davit::fs

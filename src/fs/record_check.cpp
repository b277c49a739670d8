#include "record_check.hpp"

#include <fcntl.h>

#include <set>
#include <tuple>

#include "entries.hpp"
#include "errors.hpp"
#include "listing.hpp"
#include "property_codec.hpp"

namespace davit::fs {
namespace {

class RecordCheck {
public:
    RecordCheck(const Volume& volume, TreeReport& report) : volume_(volume), report_(report) {}

    void visit(int fd, bool collection, const ResourcePath& path) {
        ++report_.resources;
        look_at(fd, path);
        if (collection) visit_members(fd, path);
    }
    /// What the trash keeps, and litter that was diverted, point to records too, and are no resources.
    void visit_own(int fd, std::string_view name) {
        const auto counted = std::pair(report_.resources, report_.with_properties);
        visit_members(fd, ResourcePath().child(ResourcePath::reserved_name).child(name));
        std::tie(report_.resources, report_.with_properties) = counted;
    }
    /// Properties that are no file's at the moment.
    Result<void> visit_detached() {
        return volume_.property_table->each_detached([this](const std::string& value) {
            if (const auto pointer = decode_pointer(value)) used_.insert(pointer->id);
        });
    }
    bool used(const std::string& record) const { return used_.contains(record); }

private:
    void look_at(int fd, const ResourcePath& path) {
        const auto value = volume_.attributes->read(fd);
        if (!value) return unreadable(path);
        if (!*value) return;
        ++report_.with_properties;
        if (const auto pointer = decode_pointer(**value)) used_.insert(pointer->id);
        if (!volume_.property_sets->read(fd)) report_.damaged.push_back(path);
    }

    void visit_members(int fd, const ResourcePath& path) {
        Entries entries(fd);
        if (!entries) return unreadable(path);
        while (const auto* name = entries.next()) {
            if (!is_shown(path, name)) continue;
            const auto info = entry_info(fd, name);
            if (!info || (!S_ISREG(info->mode) && !S_ISDIR(info->mode))) continue;
            const auto member = path.child(name);
            const UniqueFd opened(::openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (opened)
                visit(opened.get(), info->info.collection, member);
            else
                unreadable(member);
        }
        if (entries.error() != 0) unreadable(path);
    }

    void unreadable(const ResourcePath& path) { report_.unreadable.push_back(path); }

    const Volume& volume_;
    TreeReport& report_;
    std::set<std::string> used_;
};

/// Every name in records/ that no property set points to.
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
    RecordCheck check(volume, report);
    check.visit(volume.root.get(), true, ResourcePath());
    check.visit_own(volume.state.trash(), "trash");
    if (volume.state.litter() >= 0) check.visit_own(volume.state.litter(), "litter");
    if (auto visited = check.visit_detached(); !visited) return std::unexpected(visited.error());
    const auto names = unreferenced(volume.state.records(), check, report);
    if (!names) return std::unexpected(names.error());
    report.unreferenced = names->size();
    // What could not be read may point to any of them.
    if (!repair || !report.unreadable.empty()) return report;
    for (const auto& name : *names)
        if (::unlinkat(volume.state.records(), name.c_str(), 0) == 0) ++report.removed;
    return report;
}

}  // namespace davit::fs

#include "fsck_command.hpp"

#include <cstdio>

#include "davit/fs/open_tree.hpp"
#include "folder_mistake.hpp"

namespace davit::app {

int fsck_command(const FsckArguments& arguments) {
    const store::SystemClock clock;
    const auto report = fs::check_tree({.root = arguments.root}, clock, arguments.repair, arguments.restored);
    if (!report) {
        auto why = report.error().system ? folder_mistake(arguments.root, FolderUse::write) : std::string();
        if (why.empty()) why = arguments.root + ": " + report.error().sentence;
        std::fprintf(stderr, "davit: %s\n", why.c_str());
        return report.error().code == FailureCode::state_unusable ? 2 : 1;
    }
    std::printf("%zu resources, %zu with properties, %zu records of large sets\n", report->resources,
                report->with_properties, report->records);
    for (const auto& warning : report->warnings) std::printf("warning: %s\n", warning.c_str());
    for (const auto& path : report->damaged) std::printf("damaged properties: %s\n", path.href().c_str());
    if (!report->damaged.empty() && !arguments.repair)
        std::puts("(--repair keeps their bytes in .davit/damaged and gives these resources what can still be read)");
    for (const auto& path : report->repaired)
        std::printf("damaged properties repaired, their bytes are in .davit/damaged: %s\n", path.href().c_str());
    for (const auto& path : report->newer)
        std::printf("properties written by a newer version of davit, not touched: %s\n", path.href().c_str());
    for (const auto& path : report->unreadable) std::printf("cannot be read: %s\n", path.href().c_str());
    for (const auto& path : report->staged)
        std::printf("removed, left by a server that was killed: %s\n", path.href().c_str());
    for (const auto& path : report->hidden)
        std::printf("temporary name that no running change explains; look at it and remove it: %s\n",
                    path.href().c_str());
    for (const auto& path : report->given_back) std::printf("properties given back: %s\n", path.c_str());
    for (const auto& path : report->set_aside)
        std::printf("properties set aside, their file was moved, replaced or removed beside the server: %s\n",
                    path.c_str());
    if (report->set_aside_kept_as_text) std::puts("what was set aside is a text now: .davit/set-aside.txt");
    const bool rows_in_order = report->set_aside.empty() || report->set_aside_kept_as_text;
    if (!rows_in_order) std::puts("(--repair looks for these files, and writes the rest to .davit/set-aside.txt)");
    if (report->unreferenced > 0)
        std::printf("%zu unused records, %zu of them removed%s\n", report->unreferenced, report->removed,
                    arguments.repair ? "" : " (--repair removes them)");
    const bool clean = report->damaged.empty() && report->newer.empty() && report->unreadable.empty() &&
                       report->hidden.empty() && report->unreferenced == report->removed && rows_in_order;
    if (clean) std::puts("nothing is wrong");
    return clean ? 0 : 1;
}

}  // namespace davit::app

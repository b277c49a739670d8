#include "fsck_command.hpp"

#include <cstdio>

#include "davit/fs/open_tree.hpp"

namespace davit::app {

int fsck_command(const FsckArguments& arguments) {
    const store::SystemClock clock;
    const auto report = fs::check_tree({.root = arguments.root}, clock, arguments.repair);
    if (!report) {
        std::fprintf(stderr, "davit: %s: %s\n", arguments.root.c_str(), report.error().sentence.c_str());
        return 1;
    }
    std::printf("%zu resources, %zu with properties, %zu records of large sets\n", report->resources,
                report->with_properties, report->records);
    for (const auto& path : report->damaged) std::printf("damaged properties: %s\n", path.href().c_str());
    for (const auto& path : report->unreadable) std::printf("cannot be read: %s\n", path.href().c_str());
    if (report->unreferenced > 0)
        std::printf("%zu records nobody points to, %zu of them removed%s\n", report->unreferenced, report->removed,
                    arguments.repair ? "" : " (--repair removes them)");
    const bool clean = report->damaged.empty() && report->unreadable.empty() && report->unreferenced == report->removed;
    if (clean) std::puts("nothing is wrong");
    return clean ? 0 : 1;
}

}  // namespace davit::app

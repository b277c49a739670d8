#pragma once
#include <string>

namespace davit::app {

struct FsckArguments {
    std::string root;
    bool repair = false;
    bool restored = false;  ///< the folder is a copy from a backup
};
/// The exit code: 0 nothing is wrong (any more), 1 something is.
int fsck_command(const FsckArguments& arguments);

}  // namespace davit::app

#pragma once
#include <string>

namespace davit::app {

struct FsckArguments {
    std::string root;
    bool repair = false;
    bool restored = false;  ///< the folder is a copy from a backup
};
/// The exit code: 0 no problem is left, 1 otherwise.
int fsck_command(const FsckArguments& arguments);

}  // namespace davit::app

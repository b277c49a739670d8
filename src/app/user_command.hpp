#pragma once
// `davit user`: who can log in.
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::app {

struct UserArguments {
    std::string act;  ///< "add", "remove", "list"
    std::string name;
    std::string config;  ///< where the files are named
    std::string file;    ///< the users' file; goes before the configuration
    std::vector<std::string> groups;
    bool digest = false;  ///< also for Digest
};

void add_user(CLI::App& app, UserArguments& arguments);
int user_command(const UserArguments& arguments);

}  // namespace davit::app

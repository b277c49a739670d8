#pragma once
// `davit user`: manages the users who can log in.
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::app {

struct UserArguments {
    std::string act;  ///< "add", "remove", "list"
    std::string name;
    std::string config;  ///< the configuration that names the files
    std::string file;    ///< the users' file; takes precedence over the configuration
    std::vector<std::string> groups;
    bool digest = false;  ///< also for Digest
};

void add_user(CLI::App& app, UserArguments& arguments);
int user_command(const UserArguments& arguments);

}  // namespace davit::app

#include "user_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "davit/app/configuration.hpp"
#include "davit/fs/unicode.hpp"
#include "davit/login/account_editor.hpp"
#include "davit/login/accounts.hpp"
#include "prompt.hpp"

namespace davit::app {
namespace {

int complain(const std::string& what) {
    std::fprintf(stderr, "davit: %s\n", what.c_str());
    return 1;
}

/// Twice from a terminal; one line from anything else.
std::expected<std::string, std::string> ask_password(const std::string& name) {
    const auto first = ask_hidden("Password of " + name + ": ");
    if (!first) return std::unexpected("no password came");
    if (::isatty(STDIN_FILENO) != 0 && ask_hidden("Again: ") != first)
        return std::unexpected("the two are not the same");
    return *first;
}

int add(const UserArguments& arguments, const login::Options& options) {
    if (const auto wrong = login::check_user_name(arguments.name); !wrong.empty()) return complain(wrong);
    if (fs::composed(arguments.name) != arguments.name)
        return complain("the name has to be in Unicode's composed form (NFC), as it is asked for when logging in");
    const auto& files = options.files;
    if (!arguments.groups.empty() && files.groups.empty()) return complain("no file of groups: name it in auth.groups");
    if (arguments.digest && files.digest.empty()) return complain("no file for Digest: name it in auth.digest_users");
    const auto password = ask_password(arguments.name);
    if (!password) return complain(password.error());
    const auto hash = login::hash_password(*password);
    if (!hash) return complain(hash.error());
    const auto added = login::set_password(files.users, arguments.name, *hash);
    if (!added) return complain(added.error());
    if (arguments.digest)
        if (const auto done = login::set_digest(files.digest, arguments.name, options.realm, *password); !done)
            return complain(done.error());
    if (!arguments.groups.empty())
        if (const auto done = login::set_groups(files.groups, arguments.name, arguments.groups); !done)
            return complain(done.error());
    std::printf(*added ? "%s can log in now\n" : "%s has a new password\n", arguments.name.c_str());
    return 0;
}

int remove(const UserArguments& arguments, const login::Options& options) {
    const auto& files = options.files;
    const auto removed = login::remove_lines(files.users, arguments.name);
    if (!removed) return complain(removed.error());
    if (!files.digest.empty())
        if (const auto done = login::remove_lines(files.digest, arguments.name); !done) return complain(done.error());
    if (!files.groups.empty())
        if (const auto done = login::set_groups(files.groups, arguments.name, {}); !done) return complain(done.error());
    if (!*removed) return complain("there is no user " + arguments.name + " in " + files.users);
    std::printf("%s cannot log in any more\n", arguments.name.c_str());
    return 0;
}

int list(const login::Options& options) {
    const auto names = login::user_names(options.files.users);
    if (!names) return complain(names.error());
    std::vector<std::string> mistakes;
    const auto accounts = login::Accounts::read(options.files, mistakes);
    for (const auto& mistake : mistakes) std::fprintf(stderr, "davit: %s\n", mistake.c_str());
    for (const auto& name : *names) {
        std::string groups;
        for (const auto& group : accounts->identity(name)->groups) groups += " @" + group;
        std::printf("%s%s\n", name.c_str(), groups.c_str());
    }
    return mistakes.empty() ? 0 : 1;
}

}  // namespace

void add_user(CLI::App& app, UserArguments& arguments) {
    auto* user = app.add_subcommand("user", "Who can log in: add, remove, list");
    user->require_subcommand(1);
    const auto act = [&](const char* name, const char* what, bool takes_name) {
        auto* sub = user->add_subcommand(name, what);
        sub->callback([&arguments, name] { arguments.act = name; });
        if (takes_name) sub->add_option("name", arguments.name, "The user")->required();
        sub->add_option("--config", arguments.config, "The configuration that names the files");
        sub->add_option("--file", arguments.file, "The file of users, instead of auth.users");
        return sub;
    };
    auto* add_app =
        act("add", "Add a user or change a password, which is asked for (or read from standard input)", true);
    add_app->add_option("--group", arguments.groups, "A group the user belongs to; may be repeated")
        ->allow_extra_args(false);  // what follows is the user
    add_app->add_flag("--digest", arguments.digest, "Also for Digest, in auth.digest_users");
    act("remove", "Take a user's password and groups away", true);
    act("list", "The users and their groups", false);
}

int user_command(const UserArguments& arguments) {
    login::Options options;
    if (!arguments.config.empty()) {
        auto read = read_configuration(arguments.config);
        if (!read) return complain(read.error().text);
        options = read->server.login;
    }
    if (!arguments.file.empty()) options.files.users = arguments.file;
    if (options.files.users.empty())
        return complain("which file? Say --file FILE, or --config FILE with auth.users in it");
    if (arguments.act == "add") return add(arguments, options);
    if (arguments.act == "remove") return remove(arguments, options);
    return list(options);
}

}  // namespace davit::app

#include "user_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "davit/app/configuration.hpp"
#include "davit/fs/unicode.hpp"
#include "davit/login/account_editor.hpp"
#include "davit/login/accounts.hpp"
#include "prompt.hpp"

namespace davit::app {
namespace {

int refuse(const std::string& what) {
    std::fprintf(stderr, "davit: %s\n", what.c_str());
    return 1;
}

/// Prompts twice on a terminal; otherwise reads one line.
std::expected<std::string, std::string> ask_password(const std::string& name) {
    const auto first = ask_hidden("Password of " + name + ": ");
    if (!first) return std::unexpected("no password came");
    if (::isatty(STDIN_FILENO) != 0 && ask_hidden("Again: ") != first)
        return std::unexpected("the two passwords differ");
    return *first;
}

std::string wrong_name(const std::string& name) {
    if (auto wrong = login::check_user_name(name); !wrong.empty()) return wrong;
    if (fs::composed(name) != name)
        return "the name has to be in Unicode's composed form (NFC), as it is asked for when logging in";
    return {};
}

std::string wrong_group(const std::vector<std::string>& groups) {
    for (const auto& group : groups)
        if (auto wrong = login::check_group_name(group); !wrong.empty()) return wrong;
    return {};
}

/// Says what is missing for the command; "" when nothing is.
std::string missing_file(const UserArguments& arguments, const login::Options& options) {
    const auto& files = options.files;
    if (!arguments.groups.empty() && files.groups.empty()) return "no file of groups: name it in auth.groups";
    if (arguments.digest && files.digest.empty()) return "no file for Digest: name it in auth.digest_users";
    if (files.users.empty() && !arguments.digest)
        return "no file of passwords: name it in auth.users; or say --digest, for " + files.digest + " alone";
    return {};
}

/// Changes the users' file, if one is configured. Returns true when the name is new.
std::expected<bool, std::string> set_password(const std::string& file, const std::string& name,
                                              const std::string& password) {
    if (file.empty()) return true;
    const auto hash = login::hash_password(password);
    if (!hash) return std::unexpected(hash.error());
    return login::set_password(file, name, *hash);
}

/// Otherwise the old password would still be accepted there.
bool has_digest(const std::string& file, const std::string& name) {
    if (file.empty()) return false;
    const auto names = login::user_names(file);
    return names && std::ranges::find(*names, name) != names->end();
}

int add(const UserArguments& arguments, const login::Options& options) {
    if (const auto wrong = wrong_name(arguments.name); !wrong.empty()) return refuse(wrong);
    if (const auto wrong = wrong_group(arguments.groups); !wrong.empty()) return refuse(wrong);
    if (const auto missing = missing_file(arguments, options); !missing.empty()) return refuse(missing);
    const auto& files = options.files;
    const auto password = ask_password(arguments.name);
    if (!password) return refuse(password.error());
    if (password->empty()) return refuse("the password is empty");
    const auto added = set_password(files.users, arguments.name, *password);
    if (!added) return refuse(added.error());
    if (arguments.digest || has_digest(files.digest, arguments.name))
        if (const auto done = login::set_digest(files.digest, arguments.name, options.realm, *password); !done)
            return refuse(done.error());
    if (!arguments.groups.empty())
        if (const auto done = login::set_groups(files.groups, arguments.name, arguments.groups); !done)
            return refuse(done.error());
    if (files.users.empty())
        std::printf("%s can log in by Digest now\n", arguments.name.c_str());
    else
        std::printf(*added ? "%s can log in now\n" : "%s has a new password\n", arguments.name.c_str());
    return 0;
}

std::vector<std::string> password_files(const login::Options& options) {
    std::vector<std::string> files{options.files.users, options.files.digest};
    std::erase(files, "");
    return files;
}

int remove(const UserArguments& arguments, const login::Options& options) {
    const auto& files = options.files;
    bool removed = false;
    for (const auto& file : password_files(options)) {
        const auto done = login::remove_lines(file, arguments.name);
        if (!done) return refuse(done.error());
        removed = removed || *done;
    }
    if (!files.groups.empty())
        if (const auto done = login::set_groups(files.groups, arguments.name, {}); !done) return refuse(done.error());
    if (!removed) return refuse("there is no user " + arguments.name + " in " + password_files(options).front());
    std::printf("%s cannot log in any more\n", arguments.name.c_str());
    return 0;
}

int list(const login::Options& options) {
    std::vector<std::string> mistakes;
    const auto accounts = login::Accounts::read(options.files, mistakes);
    for (const auto& mistake : mistakes) std::fprintf(stderr, "davit: %s\n", mistake.c_str());
    for (const auto& name : accounts->names()) {
        const auto identity = accounts->identity(name);
        std::string groups;
        for (const auto& group : identity->groups) groups += " @" + group;
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
        ->allow_extra_args(false);  // the user follows
    add_app->add_flag("--digest", arguments.digest, "Also for Digest, in auth.digest_users");
    act("remove", "Take a user's password and groups away", true);
    act("list", "The users and their groups", false);
}

int user_command(const UserArguments& arguments) {
    login::Options options;
    if (!arguments.config.empty()) {
        auto read = read_configuration(arguments.config);
        if (!read) return refuse(read.error().front());
        options = read->server.login;
    }
    if (!arguments.file.empty()) options.files.users = arguments.file;
    if (password_files(options).empty())
        return refuse("which file? Say --file FILE, or --config FILE with auth.users or auth.digest_users in it");
    if (arguments.act == "add") return add(arguments, options);
    if (arguments.act == "remove") return remove(arguments, options);
    return list(options);
}

}  // namespace davit::app

#pragma once
// All configuration keys, and how they are read.
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "davit/fs/open_tree.hpp"
#include "davit/http/server.hpp"

namespace davit::app {

struct LogOptions {
    std::string level = "info";  ///< trace, debug, info, warning, error
    http::LogFormat format = http::LogFormat::text;
    std::string file;      ///< "": standard error; otherwise opened for appending, again on SIGHUP
    bool journal = false;  ///< to systemd's journal, with fields; `file` is "" then
    bool access = true;    ///< one line for each request; failures are logged in any case
};

/// Whether landlock(7) confines the process to the directories that it serves.
enum class Confinement : std::uint8_t {
    automatic,  ///< when the kernel supports it
    off,
    required,  ///< the server does not start otherwise
};

/// What happens to `._name`, `.DS_Store`, `Thumbs.db` and similar names.
enum class LitterPolicy : std::uint8_t {
    store,   ///< stored like all other names
    divert,  ///< stored outside the directory, for a limited time
    refuse,  ///< 403
};
struct LitterOptions {
    LitterPolicy policy = LitterPolicy::store;
    std::vector<std::string> patterns;  ///< empty: the default patterns
    std::chrono::seconds keep{86400};   ///< how long diverted files are kept
    NamePatterns names() const { return patterns.empty() ? usual_litter() : NamePatterns(patterns); }
};

/// One of several served directories.
struct Export {
    ResourcePath path;           ///< the path of its URL, never the root
    std::filesystem::path root;  ///< the directory
    bool read_only = false;
    bool homes = false;  ///< the directory contains a home for each user, by name
    bool operator==(const Export&) const = default;
};

/// The options of a server without a configuration file.
http::ServerOptions default_server();

struct Configuration {
    std::filesystem::path file;             ///< the file that was read; empty for none
    bool sets_nothing = false;              ///< the file contains no key
    std::map<std::string, unsigned> lines;  ///< line numbers of the keys in the file
    fs::TreeOptions tree;
    http::ServerOptions server = default_server();
    std::vector<headers::PublicUrl> public_urls;  ///< merged into server.address when the whole file has been read
    engine::Policy policy;
    std::map<std::string, std::string> types;       ///< media types by extension; they precede those of /etc/mime.types
    std::vector<Export> exports;                    ///< instead of tree.root
    engine::AccessRulesPtr rules;                   ///< null: every authenticated user may do everything
    std::vector<engine::AccessRule> written_rules;  ///< the rules as written
    LogOptions log;
    LitterOptions litter;
    std::string control_socket = "auto";   ///< "auto": .davit/control in the root; "": none; otherwise a path
    std::chrono::seconds health_check{5};  ///< interval between two health checks of the directories; 0: none
    bool core_dumps = false;               ///< a crash may write a core dump, with whatever is in memory
    Confinement landlock = Confinement::automatic;
    bool allow_unauthenticated = false;  ///< listen beyond loopback although everyone could write then
};

/// Each is one line with the place and the remedy: "davit.toml:12: limits.header_bytes: ...".
using Mistakes = std::vector<std::string>;

/// Reads a TOML file over the defaults. Unknown keys and invalid values are mistakes. The error holds all of them, at
/// least one, in the order of the file. docs/configuration.md.
std::expected<Configuration, Mistakes> read_configuration(const std::filesystem::path& file);
/// Reads the same from text; `name` names the file in messages.
std::expected<Configuration, Mistakes> parse_configuration(std::string_view toml, const std::string& name);

/// Parses "127.0.0.1:8080", "[::1]:8080", "unix:/run/davit.sock". The error says what is allowed.
std::expected<http::Endpoint, std::string> parse_endpoint(std::string_view text);

/// Keys whose values differ between two configurations.
struct Changes {
    std::vector<std::string> taken;    ///< a running server can apply these
    std::vector<std::string> restart;  ///< these need a restart
};
/// Copies into `running` the values of `wanted` that a running server can apply, and changes nothing else.
Changes take_over(const Configuration& wanted, Configuration& running);

/// Checks the rules between keys after command line and file are merged. Returns the violations.
Mistakes check(const Configuration& configuration);
/// The same without reading certificate and key, which a running server has loaded.
Mistakes check_keys(const Configuration& configuration);
/// Settings that are allowed but probably unintended. Each is one line with the setting and the better choice.
std::vector<std::string> warnings(const Configuration& configuration);
/// What the configuration names and this machine lacks: directories, files, users and groups of rules. It reads the
/// files, so only `davit check-config` calls it; a running server logs the same.
std::vector<std::string> missing_on_this_machine(const Configuration& configuration);
/// The users and groups of rules that no account has. Omits mistakes in lines of the files, because a starting server
/// reports them anyway.
std::vector<std::string> names_of_nobody(const Configuration& configuration);
/// Puts file and line before a sentence that begins with a key of the file.
std::string with_place(const Configuration& configuration, const std::string& sentence);

}  // namespace davit::app

#pragma once
// Everything that can be set, and how it is read.
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
    bool access = true;    ///< one line a request; failures are logged in any case
};

/// Whether the process is confined to what it serves (landlock(7)).
enum class Confinement : std::uint8_t {
    automatic,  ///< where the kernel can
    off,
    required,  ///< no start otherwise
};

/// What becomes of `._name`, `.DS_Store`, `Thumbs.db` and their like.
enum class LitterPolicy : std::uint8_t {
    store,   ///< kept like everything else
    divert,  ///< kept out of the folder, for a while
    refuse,  ///< 403
};
struct LitterOptions {
    LitterPolicy policy = LitterPolicy::store;
    std::vector<std::string> patterns;  ///< empty: the usual ones
    std::chrono::seconds keep{86400};   ///< what was diverted
    NamePatterns names() const { return patterns.empty() ? usual_litter() : NamePatterns(patterns); }
};

/// One of several folders.
struct Export {
    ResourcePath path;           ///< of its URL, never the root
    std::filesystem::path root;  ///< the folder
    bool read_only = false;
    bool homes = false;  ///< a folder in it for every user, by name
    bool operator==(const Export&) const = default;
};

/// As without a file.
http::ServerOptions default_server();

struct Configuration {
    std::filesystem::path file;             ///< it was read from; empty for none
    bool sets_nothing = false;              ///< the file has no key
    std::map<std::string, unsigned> lines;  ///< of the keys that the file sets
    fs::TreeOptions tree;
    http::ServerOptions server = default_server();
    std::vector<headers::PublicUrl> public_urls;  ///< joined into server.address once all is read
    engine::Policy policy;
    std::map<std::string, std::string> types;       ///< media types by extension, before those of /etc/mime.types
    std::vector<Export> exports;                    ///< instead of tree.root
    engine::AccessRulesPtr rules;                   ///< null: everybody who gets in may do everything
    std::vector<engine::AccessRule> written_rules;  ///< what they were made of
    LogOptions log;
    LitterOptions litter;
    std::string control_socket = "auto";   ///< "auto": .davit/control in the root; "": none; otherwise a path
    std::chrono::seconds health_check{5};  ///< between two looks at the folders; 0: none
    bool core_dumps = false;               ///< a crash may leave one, with whatever is in memory
    Confinement landlock = Confinement::automatic;
    bool allow_unauthenticated = false;  ///< listen beyond loopback although anybody could write then
};

/// Each says on one line where it is and what would be right: "davit.toml:12: limits.header_bytes: ...".
using Mistakes = std::vector<std::string>;

/// Reads a TOML file over the defaults. Unknown keys and values that do not fit are mistakes, of which all are told, in
/// the order of the file; at least one. docs/configuration.md.
std::expected<Configuration, Mistakes> read_configuration(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
std::expected<Configuration, Mistakes> parse_configuration(std::string_view toml, const std::string& name);

/// "127.0.0.1:8080", "[::1]:8080", "unix:/run/davit.sock". The error says what is allowed.
std::expected<http::Endpoint, std::string> parse_endpoint(std::string_view text);

/// Keys whose values differ between two configurations.
struct Changes {
    std::vector<std::string> taken;    ///< can be changed under a running server
    std::vector<std::string> restart;  ///< cannot
};
/// Copies into `running` what can be taken over from `wanted`; nothing else of it changes.
Changes take_over(const Configuration& wanted, Configuration& running);

/// Rules between keys, checked after command line and file are joined: those that do not hold.
Mistakes check(const Configuration& configuration);
/// The same without a look at certificate and key, which a running server has read.
Mistakes check_keys(const Configuration& configuration);
/// What is allowed and probably not meant. Each says on one line what it is about and what would be better.
std::vector<std::string> warnings(const Configuration& configuration);
/// What the configuration names and this machine does not have: folders, files, users and groups of rules. Reads the
/// files, so it is for `davit check-config`; a server that runs says it in its log.
std::vector<std::string> missing_on_this_machine(const Configuration& configuration);
/// The users and groups in these sentences that no account has. Leaves out mistakes in lines of the files: a server
/// that starts reports them anyway.
std::vector<std::string> names_of_nobody(const Configuration& configuration);
/// The sentence with file and line before it when it begins with a key that the file sets.
std::string with_place(const Configuration& configuration, const std::string& sentence);

}  // namespace davit::app

#include "davit/app/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "media_type_files.hpp"

namespace davit::app {
namespace {

#if defined(__has_feature)
#define DAVIT_HAS_FEATURE(name) __has_feature(name)
#else
#define DAVIT_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || DAVIT_HAS_FEATURE(address_sanitizer)  // GCC, Clang
constexpr bool has_leak_sanitizer = true;
#else
constexpr bool has_leak_sanitizer = false;
#endif
#undef DAVIT_HAS_FEATURE

namespace files = std::filesystem;
using Rights = std::uint64_t;

// Newer than this system's headers.
constexpr Rights access_truncate = 1ULL << 14U;   // version 3
constexpr Rights access_ioctl_dev = 1ULL << 15U;  // version 5

/// Before version 2, renames and links across directories are forbidden, so the server could not work.
constexpr int least_version = 2;

constexpr Rights read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr Rights make_rights = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                               LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                               LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                               LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr Rights tree_rights = read_rights | make_rights | LANDLOCK_ACCESS_FS_WRITE_FILE |
                               LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                               LANDLOCK_ACCESS_FS_REFER | access_truncate;
constexpr Rights file_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                               access_truncate;  // the rights that a rule on a file may contain

constexpr Rights rights_of(Reach reach) {
    switch (reach) {
        case Reach::tree:
            return tree_rights;
        case Reach::logs:
            return LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG;
        case Reach::sockets:
            return LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
        case Reach::read:
            break;
    }
    return read_rights;
}

/// All rights that this version can restrict.
constexpr Rights known_rights(int version) {
    Rights rights = tree_rights | LANDLOCK_ACCESS_FS_EXECUTE;
    if (version < 3) rights &= ~access_truncate;
    if (version >= 5) rights |= access_ioctl_dev;
    return rights;
}

files::path folder_of(const files::path& file) {
    const auto folder = file.parent_path();
    return folder.empty() ? files::path(".") : folder;
}

/// Allows the file's directory, because a reread file is often a replacement of the old one. Also for a link's target,
/// such as certbot's certificates.
void add_file(std::vector<Allowance>& needed, const files::path& file, Reach reach = Reach::read) {
    if (file.empty()) return;
    needed.push_back({folder_of(file), reach});
    std::error_code error;
    const auto real = folder_of(files::canonical(file, error));
    if (!error && real != folder_of(file)) needed.push_back({real, reach});
}

std::string error_text(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

int landlock_version() {
    return static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

class Descriptor {
public:
    explicit Descriptor(long fd) : fd_(static_cast<int>(fd)) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

std::expected<void, std::string> allow(int ruleset, const Allowance& allowance, Rights known) {
    const Descriptor path(::open(allowance.path.c_str(), O_PATH | O_CLOEXEC));
    if (path.get() < 0 && errno == ENOENT) return {};
    struct stat status{};
    if (path.get() < 0 || ::fstat(path.get(), &status) != 0)
        return std::unexpected(error_text(allowance.path.string()));
    auto rights = rights_of(allowance.reach) & known;
    if (!S_ISDIR(status.st_mode)) rights &= file_rights;
    const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = path.get()};
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return std::unexpected(error_text("landlock_add_rule for " + allowance.path.string()));
    return {};
}

}  // namespace

std::vector<Allowance> needed_reach(const Configuration& configuration, const std::string& control_socket) {
    std::vector<Allowance> needed;
    const auto add_root = [&](const files::path& root, bool read_only) {
        needed.push_back({root, read_only || configuration.tree.read_only ? Reach::read : Reach::tree});
    };
    if (configuration.exports.empty()) add_root(configuration.tree.root, false);
    for (const auto& each : configuration.exports) add_root(each.root, each.read_only);
    add_file(needed, configuration.log.file, Reach::logs);
    const auto& login = configuration.server.login;
    const auto& tls = configuration.server.tls;
    for (const auto* file :
         {&login.files.users, &login.files.groups, &login.files.digest, &login.bearer.keys, &tls.certificate, &tls.key})
        add_file(needed, *file);
    add_file(needed, configuration.file);
    const auto add_socket = [&](const std::string& path) { needed.push_back({folder_of(path), Reach::sockets}); };
    const auto& server = configuration.server;
    for (const auto* endpoints : {&server.endpoints, &tls.endpoints, &server.management})
        for (const auto& endpoint : *endpoints)
            if (const auto* local = std::get_if<http::UnixEndpoint>(&endpoint)) add_socket(local->path);
    if (!control_socket.empty()) add_socket(control_socket);
    needed.push_back({system_media_type_file, Reach::read});           // a reload rereads it
    needed.push_back({"/dev/urandom", Reach::read});                   // SQLite's temporary names
    if (has_leak_sanitizer) needed.push_back({"/proc", Reach::read});  // LeakSanitizer looks for threads there
    return needed;
}

std::expected<int, std::string> confine(const std::vector<Allowance>& allowances) {
    const int version = landlock_version();
    if (version < 0) return std::unexpected(error_text("this kernel has no landlock"));
    if (version < least_version) return std::unexpected("this kernel's landlock is too old to let files be moved");
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = known_rights(version);
    const Descriptor ruleset(
        ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
    if (ruleset.get() < 0) return std::unexpected(error_text("landlock_create_ruleset"));
    for (const auto& allowance : allowances)
        if (auto added = allow(ruleset.get(), allowance, attributes.handled_access_fs); !added)
            return std::unexpected(std::move(added.error()));
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return std::unexpected(error_text("PR_SET_NO_NEW_PRIVS"));
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        return std::unexpected(error_text("landlock_restrict_self"));
    return version;
}

}  // namespace davit::app

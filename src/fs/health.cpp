#include "health.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "errors.hpp"

namespace davit::fs {
namespace {

constexpr const char* database_name = "state.db";
constexpr const char* written_name = "health";  ///< used where the file system has no unnamed files

struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
};

std::optional<FileId> id_at(int folder, const char* name) {
    struct stat status{};
    if (::fstatat(folder, name, &status, 0) != 0) return std::nullopt;
    return FileId{status.st_dev, status.st_ino};
}

/// A failure whose sentence begins with the attempted operation.
std::unexpected<Failure> failed(const std::string& what, const char* call) {
    auto failure = system_failure(call, errno);
    failure.sentence = what + ": " + failure.sentence;
    return std::unexpected(std::move(failure));
}

std::unexpected<Failure> unserved(std::string sentence) {
    return fail(FailureCode::io_error, std::move(sentence));
}

class PosixHealthCheck final : public HealthCheck {
public:
    PosixHealthCheck(UniqueFd root, UniqueFd state, std::filesystem::path path, bool durable)
        : root_(std::move(root)),
          state_(std::move(state)),
          path_(std::move(path)),
          durable_(durable),
          database_(state_ ? id_at(state_.get(), database_name) : std::nullopt) {}

    Result<void> run() const override {
        if (auto same = check_path(); !same) return same;
        if (!state_) return check_reading();
        if (auto there = check_database(); !there) return there;
        return check_writing();
    }

private:
    Result<void> check_path() const {
        const auto at_path = id_at(AT_FDCWD, path_.c_str());
        if (!at_path && errno == ENOENT)
            return unserved(path_.string() + " is no longer there: it was removed or renamed.");
        if (!at_path) return failed(path_.string() + " cannot be looked at", "stat");
        struct stat status{};
        if (::fstat(root_.get(), &status) != 0) return failed("the folder cannot be looked at", "fstat");
        if (*at_path == FileId{status.st_dev, status.st_ino}) return {};
        return unserved(path_.string() +
                        " is another folder than at the start: something was mounted or unmounted there, or it was "
                        "replaced. Restart the server to serve what is there now.");
    }

    Result<void> check_database() const {
        if (!database_ || id_at(state_.get(), database_name) == database_) return {};
        return unserved(
            "the state database (.davit/state.db) was removed or replaced while the server runs: locks are lost at the "
            "next start.");
    }

    Result<void> check_writing() const {
        UniqueFd file(::openat(state_.get(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
        const bool named = !file && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
        if (named)
            file = UniqueFd(
                ::openat(state_.get(), written_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file) return failed("no file can be made in .davit", "openat");
        auto written = write_byte(file.get());
        if (named) ::unlinkat(state_.get(), written_name, 0);
        return written;
    }

    Result<void> write_byte(int file) const {
        constexpr char byte = 1;
        if (::write(file, &byte, 1) != 1) return failed("nothing can be written in .davit", "write");
        if (durable_ && ::fsync(file) != 0) return failed("what was written in .davit cannot be synced", "fsync");
        return {};
    }

    Result<void> check_reading() const {
        const int again = ::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* folder = again < 0 ? nullptr : ::fdopendir(again);
        if (!folder) return failed("the folder cannot be read", "open");
        errno = 0;
        const bool read = ::readdir(folder) != nullptr || errno == 0;
        const int number = errno;
        ::closedir(folder);
        errno = number;
        return read ? Result<void>() : failed("the folder cannot be read", "readdir");
    }

    UniqueFd root_;
    UniqueFd state_;  ///< none where nothing is written
    std::filesystem::path path_;
    bool durable_;
    std::optional<FileId> database_;  ///< none without one
};

Result<UniqueFd> copy_of(int descriptor) {
    UniqueFd copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (!copy) return system_error("fcntl");
    return copy;
}

}  // namespace

Result<std::shared_ptr<const HealthCheck>> make_health_check(const Volume& volume, const std::filesystem::path& root) {
    auto folder = copy_of(volume.root.get());
    if (!folder) return std::unexpected(std::move(folder.error()));
    UniqueFd state;
    if (volume.trash) {  // otherwise the tree is read-only
        auto copied = copy_of(volume.state.folder());
        if (!copied) return std::unexpected(std::move(copied.error()));
        state = std::move(*copied);
    }
    return std::make_shared<PosixHealthCheck>(std::move(*folder), std::move(state), root, volume.durable);
}

}  // namespace davit::fs

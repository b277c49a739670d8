#include "errors.hpp"

#include <algorithm>
#include <array>

namespace davit::fs {
namespace {

struct Row {
    int number;
    FailureCode code;
    std::string_view sentence;
};

using enum FailureCode;

constexpr std::array table{
    Row{ENOENT, not_found, "There is nothing at this URL."},
    Row{ENOTDIR, not_found, "There is nothing at this URL; a part of its path is a file."},
    Row{EISDIR, is_a_collection, "This is a collection, not a file."},
    Row{EEXIST, already_exists, "Something exists at this URL already."},
    Row{ENOTEMPTY, already_exists, "Something exists at this URL already."},
    Row{EACCES, permission_denied, "The server has no right to do this here."},
    Row{EPERM, permission_denied, "The server has no right to do this here."},
    Row{EXDEV, permission_denied, "This leads out of the served folder."},
    Row{ELOOP, permission_denied, "This leads through too many links, or out of the served folder."},
    Row{EBUSY, permission_denied, "Something else is mounted or in use here."},
    Row{ETXTBSY, permission_denied, "The file is a program that is running."},
    Row{EROFS, read_only, "The file system is mounted read-only."},
    Row{ENAMETOOLONG, name_too_long, "The name is longer than the file system allows."},
    Row{ENOSPC, no_space, "The disk is full."},
    Row{EDQUOT, quota_exceeded, "The quota is used up."},
    Row{EFBIG, body_too_large, "The file is larger than the file system allows."},
    Row{EAGAIN, would_block, "The answer is not in memory."},
    Row{EMFILE, overloaded, "The server has too many files open at the moment."},
    Row{ENFILE, overloaded, "The server has too many files open at the moment."},
    Row{ENOMEM, overloaded, "The server is short of memory at the moment."},
    Row{EIO, io_error, "The disk reports an error."},
    Row{ENXIO, io_error, "The disk reports an error."},
    Row{ENODEV, io_error, "The disk reports an error."},
    Row{ESTALE, io_error, "The network file system has lost this file."},
    Row{EUCLEAN, io_error, "The file system is damaged."},
    Row{EILSEQ, bad_path, "The file system cannot hold this name."},
    Row{EINVAL, bad_path, "The file system cannot hold this name."},
    Row{EOPNOTSUPP, io_error, "The file system cannot do this."},
};

}  // namespace

Failure system_failure(const char* call, int number) {
    const auto row = std::ranges::find(table, number, &Row::number);
    Failure failure{internal, "The server met an error it did not expect.", {}};
    if (row != table.end()) failure = {row->code, std::string(row->sentence), {}};
    if (failure.code == overloaded) failure.retry_after = std::chrono::seconds(5);
    failure.system = SystemError{number, call};
    return failure;
}

std::unexpected<Failure> parent_error(Failure failure) {
    if (failure.code == not_found) {
        failure.code = parent_missing;
        failure.sentence = "The collection above does not exist; make it first.";
    }
    return std::unexpected(std::move(failure));
}

}  // namespace davit::fs

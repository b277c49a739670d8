#include "errors.hpp"

#include <algorithm>
#include <array>

namespace davit::fs {
namespace {

struct Meaning {
    int number;
    FailureCode code;
    std::string_view sentence;
};

using enum FailureCode;

constexpr std::array table{
    Meaning{ENOENT, not_found, "There is nothing at this URL."},
    Meaning{ENOTDIR, not_found, "There is nothing at this URL; a part of its path is a file."},
    Meaning{EISDIR, is_a_collection, "This is a collection, not a file."},
    Meaning{EEXIST, already_exists, "Something exists at this URL already."},
    Meaning{ENOTEMPTY, already_exists, "Something exists at this URL already."},
    Meaning{EACCES, permission_denied, "The server has no right to do this here."},
    Meaning{EPERM, operation_not_permitted, "The operating system does not permit this here."},
    Meaning{EXDEV, outside_root, "This leads out of the served folder."},
    Meaning{ELOOP, path_changed, "A link was put on the way to this resource while the request ran; repeat it."},
    Meaning{EBUSY, busy, "Something else is mounted or in use here."},
    Meaning{ETXTBSY, program_running, "The file is a program that is running."},
    Meaning{EROFS, file_system_read_only,
            "The file system does not let anything be written: it is mounted read-only, or an error made it so."},
    Meaning{ENAMETOOLONG, name_too_long, "The name is longer than the file system allows."},
    Meaning{ENOSPC, no_space, "The disk is full."},
    Meaning{EDQUOT, quota_exceeded, "The quota is used up."},
    Meaning{EFBIG, file_too_large, "The file is larger than the file system allows."},
    Meaning{EAGAIN, would_block, "The answer is not in memory."},
    Meaning{EMFILE, too_many_open_files, "The server has too many files open at the moment."},
    Meaning{ENFILE, too_many_open_files, "The server has too many files open at the moment."},
    Meaning{ENOMEM, out_of_memory, "The server is short of memory at the moment."},
    Meaning{EIO, io_error, "The disk reports an error."},
    Meaning{ENXIO, io_error, "The disk reports an error."},
    Meaning{ENODEV, io_error, "The disk reports an error."},
    Meaning{ESTALE, stale_file_handle, "The network file system has lost this file."},
    Meaning{EUCLEAN, file_system_damaged, "The file system is damaged."},
    Meaning{EILSEQ, name_not_storable, "The file system cannot hold this name."},
    Meaning{EINVAL, name_not_storable, "The file system cannot hold this name."},
    Meaning{EOPNOTSUPP, file_system_unsupported, "The file system cannot do this."},
};

}  // namespace

Failure system_failure(const char* call, int number) {
    const auto row = std::ranges::find(table, number, &Meaning::number);
    Failure failure{internal, "The server met an error it did not expect.", {}};
    if (row != table.end()) failure = {row->code, std::string(row->sentence), {}};
    if (number == ENXIO &&
        std::string_view(call).starts_with("open"))  // open(2) reports it for a socket, read(2) for a faulty disk
        failure = {not_a_regular_file, "This is neither a file nor a folder, and is not served.", {}};
    if (failure.code == too_many_open_files || failure.code == out_of_memory)
        failure.retry_after = std::chrono::seconds(5);
    if (failure.code == file_system_read_only) failure.retry_after = std::chrono::seconds(60);
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

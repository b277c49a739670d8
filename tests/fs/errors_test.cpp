#include "../../src/fs/errors.hpp"

#include <gtest/gtest.h>

#include <map>

namespace davit::fs {
namespace {

TEST(Errors, WhatAnOperatorMendsInAnotherWayHasAnotherCode) {
    const std::map<int, FailureCode> wanted{{EACCES, FailureCode::permission_denied},
                                            {EPERM, FailureCode::operation_not_permitted},
                                            {EXDEV, FailureCode::outside_root},
                                            {EBUSY, FailureCode::busy},
                                            {ETXTBSY, FailureCode::program_running},
                                            {EFBIG, FailureCode::file_too_large},
                                            {EMFILE, FailureCode::too_many_open_files},
                                            {EIO, FailureCode::io_error},
                                            {ESTALE, FailureCode::stale_file_handle},
                                            {EUCLEAN, FailureCode::file_system_damaged},
                                            {EOPNOTSUPP, FailureCode::file_system_unsupported},
                                            {EILSEQ, FailureCode::name_not_storable}};
    for (const auto& [error, code] : wanted)
        EXPECT_EQ(system_failure("openat2", error).code, code) << name(system_failure("openat2", error).code);
}

TEST(Errors, OnlyTheDiskIsToBlameForAFaultOfTheDisk) {
    for (const int error : {EIO, ESTALE, EUCLEAN, EROFS})
        EXPECT_TRUE(is_disk_fault(system_failure("read", error).code));
    for (const int error : {EACCES, EPERM, EXDEV, EBUSY, ENOENT, EMFILE, ENOSPC})
        EXPECT_FALSE(is_disk_fault(system_failure("read", error).code));
}

}  // namespace
}  // namespace davit::fs

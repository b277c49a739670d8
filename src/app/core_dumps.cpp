#include "core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace davit::app {
namespace {

rlimit as_begun{};

}  // namespace

void forbid_core_dumps() {
    if (::getrlimit(RLIMIT_CORE, &as_begun) != 0) return;
    // Whatever the limit is, a handler such as systemd-coredump receives the core, unless the process is not dumpable.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    const rlimit none{0, as_begun.rlim_max};
    ::setrlimit(RLIMIT_CORE, &none);
}

void allow_core_dumps() {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    ::setrlimit(RLIMIT_CORE, &as_begun);
}

}  // namespace davit::app

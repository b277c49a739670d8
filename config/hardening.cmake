# The options with which Debian builds its own servers, so that an attacker cannot use a memory fault: it ends the program. A
# position-independent program whose address tables are read-only (PIE, RELRO, BIND_NOW), stack protector, checked copies (FORTIFY), no jump
# over the guard page of a stack, marked targets of indirect jumps (CET, BTI), checked indices of the standard library. Not in sanitized
# builds, which check more, and only with optimisation, which FORTIFY needs.
if(DAVIT_SANITIZE OR DAVIT_FUZZ)
  return()
endif()
set(hardened $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
target_compile_options(davit_options INTERFACE $<${hardened}:-fPIE> $<${hardened}:-fstack-protector-strong> $<${hardened}:-fstack-clash-protection>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
  target_compile_options(davit_options INTERFACE $<${hardened}:-fcf-protection=full>)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(davit_options INTERFACE $<${hardened}:-mbranch-protection=standard>)
endif()
# The distribution's compiler may define its own level.
target_compile_options(davit_options INTERFACE $<${hardened}:-U_FORTIFY_SOURCE> $<${hardened}:-D_FORTIFY_SOURCE=3>)
# With FORTIFY the C library requires a check of every result, even where a failure changes nothing.
target_compile_options(davit_options INTERFACE $<${hardened}:-Wno-unused-result>)
target_compile_definitions(davit_options INTERFACE $<${hardened}:_GLIBCXX_ASSERTIONS>)
target_link_options(davit_options INTERFACE $<${hardened}:-pie> $<${hardened}:LINKER:-z,relro,-z,now>)

# Raw requests on loopback: each file of tests/wire is one test, run against this build's program.
find_program(PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
file(GLOB wire_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/wire/*_test.py)
# A race is as good a race with fewer rounds where every access to memory is watched.
set(race_rounds 1000)
set(wire_seconds 300)
if(DAVIT_SANITIZE)
  set(race_rounds 60)
  set(wire_seconds 900)
endif()
# Where threads meet: clients that come at once, workers, the threads of the database, the watcher and the control socket. Under the thread
# sanitizer these run with everything else; the rest, one client after the other, by hand: ctest --test-dir build/tsan
set(wire_threads behind conditions control database_properties digests exports full_disk gone idempotency leftovers limits links litter
  lock_limits locks log memory parts program race records reload removal replacing_moves slow state tls trace trash trees two_names why)
foreach(test ${wire_tests})
  get_filename_component(name ${test} NAME_WE)
  string(REPLACE "_test" "" name ${name})
  set(label wire)
  if(DAVIT_SANITIZE STREQUAL thread AND NOT name IN_LIST wire_threads)
    set(label alone)
  endif()
  add_test(NAME wire.${name} COMMAND ${PYTHON3} -B ${test})
  set_tests_properties(wire.${name} PROPERTIES LABELS ${label} TIMEOUT ${wire_seconds} ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR};DAVIT_RACE_ROUNDS=${race_rounds}")
endforeach()
# A kernel without landlock cannot be helped by a package; what does not need it is tested all the same, and in CI the kernel has to have it.
set_tests_properties(wire.landlock PROPERTIES SKIP_RETURN_CODE 77)

# Real programs against the real server, and the sanitized builds' own runs. Off in the sanitized builds.
option(DAVIT_PROGRAM_TESTS "Run real clients and the sanitized builds" OFF)
if(NOT DAVIT_PROGRAM_TESTS)
  return()
endif()

function(davit_program_test name seconds)
  add_test(NAME programs.${name} COMMAND ${ARGN})
  set_tests_properties(programs.${name} PROPERTIES LABELS programs TIMEOUT ${seconds} SKIP_RETURN_CODE 77
    ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

set(programs ${CMAKE_CURRENT_SOURCE_DIR}/programs)
davit_program_test(litmus 120 ${programs}/litmus.sh)
davit_program_test(litmus_nginx 120 ${programs}/litmus.sh nginx)
davit_program_test(replay_nginx 60 ${programs}/replay_nginx.sh)
davit_program_test(rclone 400 ${programs}/rclone.sh)
davit_program_test(davfs2 180 ${programs}/davfs2.sh)
davit_program_test(cadaver 60 ${programs}/cadaver.sh)
davit_program_test(gvfs 180 ${programs}/gvfs.sh)
davit_program_test(crash 300 ${PYTHON3} -B ${programs}/crash.py)
davit_program_test(crash_trash 300 ${PYTHON3} -B ${programs}/crash.py 2518 12 trash)
davit_program_test(layers 300 ${PYTHON3} -B ${programs}/layers.py ${CMAKE_CXX_COMPILER})
davit_program_test(format 120 ${programs}/format.sh)
davit_program_test(tidy 1500 ${programs}/tidy.sh ${CMAKE_BINARY_DIR})

foreach(target headers bodies)
  add_test(NAME fuzz.${target} COMMAND ${CMAKE_SOURCE_DIR}/build/fuzz/tests/${target}_fuzz -max_total_time=20 -seed=4918 -max_len=4096
    -artifact_prefix=${CMAKE_BINARY_DIR}/ -print_final_stats=1 ${CMAKE_BINARY_DIR}/corpus_${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/seeds/${target})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus_${target})
  set_tests_properties(fuzz.${target} PROPERTIES LABELS fuzz TIMEOUT 120)
endforeach()

foreach(preset asan-ubsan tsan)
  set(other ${CMAKE_SOURCE_DIR}/build/${preset})
  add_test(NAME ${preset}.units COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${other} -L "unit|wire" --output-on-failure --no-tests=error)
  set_tests_properties(${preset}.units PROPERTIES LABELS sanitizers TIMEOUT 900)
  davit_program_test(litmus_${preset} 300 ${programs}/litmus.sh)
  set_tests_properties(programs.litmus_${preset} PROPERTIES LABELS sanitizers
    ENVIRONMENT "DAVIT=${other}/davit;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endforeach()

# Raw requests on loopback: each file of tests/wire is one test, run against this build's program.
find_program(PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
file(GLOB wire_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/wire/*_test.py)
foreach(test ${wire_tests})
  get_filename_component(name ${test} NAME_WE)
  string(REPLACE "_test" "" name ${name})
  add_test(NAME wire.${name} COMMAND ${PYTHON3} -B ${test})
  set_tests_properties(wire.${name} PROPERTIES LABELS wire TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endforeach()

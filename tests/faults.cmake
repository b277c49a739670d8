# The k-th system call fails, for every fourth k (for every one by hand: docs/property-store.md). A library put in front
# of the C library's (LD_PRELOAD), and the test that arms it.
add_library(davit_faults MODULE faults/inject.cpp)
target_link_libraries(davit_faults PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(davit_faults PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

davit_program_test(faults 900 ${PYTHON3} -B ${CMAKE_CURRENT_SOURCE_DIR}/faults/faults_test.py)
set_tests_properties(programs.faults PROPERTIES
  ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR};DAVIT_FAULTS_LIBRARY=$<TARGET_FILE:davit_faults>;DAVIT_FAULTS_STEP=8")

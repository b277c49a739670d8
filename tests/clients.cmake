# What clients send, replayed (tests/clients/README.md). The player's own test needs no server; the traces need nginx.
add_test(NAME clients.player COMMAND ${PYTHON3} -B ${CMAKE_CURRENT_SOURCE_DIR}/clients/player_test.py)
set_tests_properties(clients.player PROPERTIES LABELS wire TIMEOUT 60)
if(DAVIT_PROGRAM_TESTS)
  add_test(NAME clients.traces COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/clients/traces.sh)
  set_tests_properties(clients.traces PROPERTIES LABELS programs TIMEOUT 120
    ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endif()

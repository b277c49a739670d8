# The benchmark's load and floor (tests/bench/README.md) and, with DAVIT_BENCH, micro-benchmarks of the hot parts.
option(DAVIT_BENCH "Build the micro-benchmarks (Google Benchmark)" OFF)
file(GLOB load_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bench/load/*.cpp)
add_executable(bench_load ${load_sources})
add_executable(bench_floor bench/floor.cpp)
foreach(program bench_load bench_floor)
  target_link_libraries(${program} PRIVATE davit_options)
endforeach()

if(DAVIT_BENCH)
  find_package(benchmark REQUIRED)
  file(GLOB micro_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bench/micro/*_bench.cpp)
  add_executable(bench_micro ${micro_sources})
  target_link_libraries(bench_micro PRIVATE davit_http davit_fs benchmark::benchmark_main)
endif()

# The harness works and the servers' answers check out; no speed is asserted.
if(DAVIT_PROGRAM_TESTS)
  add_test(NAME bench.quick COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/quick_test.sh $<TARGET_FILE_DIR:bench_load>)
  set_tests_properties(bench.quick PROPERTIES LABELS programs TIMEOUT 180 RUN_SERIAL TRUE ENVIRONMENT "DAVIT=$<TARGET_FILE:davit>;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endif()

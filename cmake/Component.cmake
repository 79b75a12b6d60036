# dwcp_component(NAME SOURCES... [PUBLIC libs...] [PRIVATE libs...])
# One folder, one static library `dwcp_NAME`, alias `dwcp::NAME`. Includes are written from the project's root.
function(dwcp_component name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(dwcp_${name} STATIC ${ARG_SOURCES})
  add_library(dwcp::${name} ALIAS dwcp_${name})
  set_target_properties(dwcp_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(dwcp_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/dwcp>)
  target_compile_features(dwcp_${name} PUBLIC cxx_std_20)
  target_link_libraries(dwcp_${name} PUBLIC ${ARG_PUBLIC} PRIVATE $<BUILD_INTERFACE:dwcp_options> ${ARG_PRIVATE})
  dwcp_unity(dwcp_${name})
  set_property(GLOBAL APPEND PROPERTY DWCP_COMPONENTS dwcp_${name})
endfunction()

# dwcp_test(NAME SOURCES... [LIBS libs...] [LABELS labels...] [TIMEOUT s]): a GoogleTest program; every case is a ctest case.
# Labels with a meaning to ./dwcp test: slow (only with --slow), release_only (not under a sanitizer, where it would
# take minutes or measure the sanitizer). Property tests get a fixed seed from ctest, so that a red build stays red; run the
# program itself for fresh ones.
function(dwcp_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(DWCP_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  dwcp_unity(test_${name})
  target_link_libraries(test_${name} PRIVATE dwcp_options ${ARG_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE DWCP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(properties TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT RC_PARAMS=seed=1)
  if(ARG_LABELS)  # an empty value would swallow the property after it
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
endfunction()

# dwcp_bench(NAME SOURCES... [LIBS libs...]): the bench of the folder bench/NAME; its program is bench_<NAME with / as _>,
# which ./dwcp bench NAME builds on demand and runs.
function(dwcp_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  string(REPLACE "/" "_" target bench_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE dwcp_options dwcp::build_info ${ARG_LIBS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench/${name})
endfunction()

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
  set_property(GLOBAL APPEND PROPERTY DWCP_COMPONENTS dwcp_${name})
endfunction()

# dwcp_test(NAME SOURCES... [LIBS libs...] [LABELS labels...] [TIMEOUT s]): a GoogleTest program; every case is a ctest case.
function(dwcp_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE dwcp_options ${ARG_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE DWCP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

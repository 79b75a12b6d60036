# Where every package comes from. Boost (>= 1.81, headers only) and valijson may live in build/deps, a private
# prefix filled by the launcher where the system's would replace something (docs/decisions/0001-private-prefix.md).
include(Packages)
include(Boost)
find_package(CLI11 REQUIRED)

set(DWCP_DEPS "${PROJECT_SOURCE_DIR}/build/deps/usr" CACHE PATH "Private prefix for header-only packages")
dwcp_find_boost(${DWCP_DEPS}/include)
add_library(dwcp_boost INTERFACE)
add_library(dwcp::boost ALIAS dwcp_boost)
set_target_properties(dwcp_boost PROPERTIES EXPORT_NAME boost)
# An installed dwcp::boost gets its folder from cmake/dwcpConfig.cmake.in, on the machine that uses it.
target_include_directories(dwcp_boost SYSTEM INTERFACE $<BUILD_INTERFACE:${DWCP_BOOST_INCLUDE}>)
# Asio is compiled once (engine/platform/asio_impl.cpp): every other file sees declarations only, which halves build time.
target_compile_definitions(dwcp_boost INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ERROR_CODE_HEADER_ONLY)
if(DWCP_SANITIZE MATCHES thread)
  # ThreadSanitizer knows no fences; Asio's are for handlers that synchronise by themselves, which ours never do.
  target_compile_definitions(dwcp_boost INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(dwcp_boost INTERFACE Threads::Threads)

# ns-3 (3.37 to 3.43). Its own package configuration insists on helper programs of another package: ask for the
# libraries instead. --no-as-needed because types reached only by their TypeId's name would be dropped.
find_path(NS3_INCLUDE ns3/simulator.h)
set(ns3_found TRUE)
foreach(module IN ITEMS core network internet point-to-point traffic-control applications stats bridge)
  find_library(NS3_${module} NAMES ns3-${module})
  if(NOT NS3_${module})
    set(ns3_found FALSE)
  endif()
  list(APPEND ns3_libraries ${NS3_${module}})
endforeach()
if(NS3_INCLUDE AND ns3_found)
  add_library(dwcp_ns3 INTERFACE)
  add_library(dwcp::ns3 ALIAS dwcp_ns3)
  target_include_directories(dwcp_ns3 SYSTEM INTERFACE ${NS3_INCLUDE})
  # 3.42 renames what 3.37 has under the old name only.
  target_compile_options(dwcp_ns3 INTERFACE -Wno-deprecated-declarations)
  target_link_libraries(dwcp_ns3 INTERFACE -Wl,--push-state,--no-as-needed ${ns3_libraries} -Wl,--pop-state)
else()
  message(STATUS "ns-3 not found: sim/ and the scenarios' simulated world are left out (package libns3-dev)")
endif()

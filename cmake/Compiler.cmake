# One set of compiler rules for all of the project's own code.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Release keeps assertions: invariants stay on where they are cheap.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(dwcp_options INTERFACE)
target_compile_options(dwcp_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror
  # g++ 12 reports these inside coroutine frames and inlined Asio code where nothing is wrong
  -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-dangling-pointer)

set(DWCP_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(DWCP_SANITIZE)
  add_compile_options(-fsanitize=${DWCP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DWCP_SANITIZE})
endif()

# Several sources of a folder are compiled as one: most of the time goes into the same headers and templates again and again
# (docs/decisions/0007-unity-builds.md). Private names are therefore unique within a folder. OFF while one file is worked on.
option(DWCP_UNITY "Compile several sources of a folder as one" ON)
function(dwcp_unity target)
  if(DWCP_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # g++ takes the sources for headers then, where a private type within a coroutine's frame would be a fault.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

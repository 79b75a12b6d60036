# dwcp::build_info: one generated source that knows the commit. It is asked at build time, since commits come without a new
# configure; the file is written only when its content changes, so an unchanged tree relinks nothing.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit unknown)
  endif()
  configure_file(${SOURCE_DIR}/cmake/build_info.cpp.in ${OUTPUT} @ONLY)
  return()
endif()

set(build_info_source ${PROJECT_BINARY_DIR}/generated/build_info.cpp)
add_custom_target(dwcp_build_info_source BYPRODUCTS ${build_info_source}
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUTPUT=${build_info_source}
    -DVERSION=${PROJECT_VERSION} -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
    -P ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "" VERBATIM)
add_library(dwcp_build_info STATIC ${build_info_source})
add_library(dwcp::build_info ALIAS dwcp_build_info)
add_dependencies(dwcp_build_info dwcp_build_info_source)
set_target_properties(dwcp_build_info PROPERTIES EXPORT_NAME build_info)
target_include_directories(dwcp_build_info PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/dwcp>)
target_compile_features(dwcp_build_info PUBLIC cxx_std_20)

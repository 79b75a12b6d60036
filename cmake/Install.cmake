# cmake --install: the program (component `program`), and the engine as static libraries with headers and a package for
# find_package(dwcp) (component `development`).
#
# Exported are the folders that a user's program may link: engine/, hypervisor/ and reports/. sim/ links ns-3, which is
# GPLv2, and so do the scenarios above it: they are part of the program only, and no exported library pulls them in.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(exported_folders engine hypervisor reports)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/dwcp)

if(TARGET dwcp_program)
  install(TARGETS dwcp_program RUNTIME COMPONENT program)
  install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/dwcp COMPONENT program
    FILES_MATCHING PATTERN *.yaml PATTERN *.json)
endif()

get_property(components GLOBAL PROPERTY DWCP_COMPONENTS)
set(exported dwcp_boost dwcp_build_info)
foreach(component IN LISTS components)
  get_target_property(folder ${component} SOURCE_DIR)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder})
  string(REGEX REPLACE "/.*" "" top ${folder})
  if(top IN_LIST exported_folders)
    list(APPEND exported ${component})
  endif()
endforeach()
install(TARGETS ${exported} EXPORT dwcpTargets ARCHIVE COMPONENT development)
foreach(folder IN LISTS exported_folders)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dwcp COMPONENT development
    FILES_MATCHING PATTERN *.hpp PATTERN *.def)
endforeach()

install(EXPORT dwcpTargets NAMESPACE dwcp:: DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(cmake/dwcpConfig.cmake.in ${PROJECT_BINARY_DIR}/package/dwcpConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/dwcpConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/dwcpConfig.cmake ${PROJECT_BINARY_DIR}/package/dwcpConfigVersion.cmake
    cmake/Packages.cmake cmake/Boost.cmake
  DESTINATION ${package_folder} COMPONENT development)

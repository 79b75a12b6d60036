# What the libraries link. The build includes this file, and it is installed for find_package(dwcp), so that the two cannot
# disagree.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(libssl REQUIRED IMPORTED_TARGET libssl)
pkg_check_modules(libibverbs IMPORTED_TARGET libibverbs>=1.11)
if(NOT libibverbs_FOUND)
  message(FATAL_ERROR "libibverbs 1.11 (rdma-core 32) or newer was not found; dwcp needs it for RDMA (package libibverbs-dev)")
endif()
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
# For real hosts. Without them hypervisor/libvirt, and with it `dwcp agent`, is left out.
pkg_check_modules(libvirt IMPORTED_TARGET libvirt)
pkg_check_modules(pugixml IMPORTED_TARGET pugixml)

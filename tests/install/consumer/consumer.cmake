# The CMakeLists.txt of a stranger's project, which knows nothing but find_package(dwcp).
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C CXX)
find_package(dwcp 0.1 REQUIRED)
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE dwcp::base dwcp::build_info)

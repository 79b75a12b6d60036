# dwcp_find_boost(folders...): sets DWCP_BOOST_INCLUDE to a folder with Boost's headers, 1.81 or newer: what the user set, one of
# the given folders, or the system's. Headers are all that is used, so neither FindBoost nor Boost's own package is asked.
function(dwcp_find_boost)
  find_path(DWCP_BOOST_INCLUDE boost/version.hpp HINTS ${ARGN})
  if(NOT DWCP_BOOST_INCLUDE)
    message(FATAL_ERROR "Boost's headers were not found; dwcp needs 1.81 or newer (set DWCP_BOOST_INCLUDE)")
  endif()
  file(STRINGS ${DWCP_BOOST_INCLUDE}/boost/version.hpp line REGEX "^#define BOOST_VERSION ")
  string(REGEX MATCH "[0-9]+" version "${line}")
  if(version LESS 108100)
    unset(DWCP_BOOST_INCLUDE CACHE)
    message(FATAL_ERROR "${DWCP_BOOST_INCLUDE} holds a Boost that is too old (BOOST_VERSION ${version}); dwcp needs 108100 or "
      "newer. ./dwcp build brings it into build/deps; or set DWCP_BOOST_INCLUDE")
  endif()
endfunction()

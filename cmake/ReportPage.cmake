# dwcp_report_page(OUTPUT): a source with the page of reports/html: template, styles, scripts and dygraphs as one text. Nothing of
# dygraphs is in the repository (docs/decisions/0015-charts.md). As a script it writes that source, at build time.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
  function(read_all result)
    set(all "")
    foreach(file IN LISTS ARGN)
      file(READ ${file} text)
      # A browser's tools would look for the map.
      string(REGEX REPLACE "(//|/\\*)# sourceMappingURL=[^\n]*" "" text "${text}")
      string(APPEND all "${text}\n")
    endforeach()
    set(${result} "${all}" PARENT_SCOPE)
  endfunction()

  read_all(page ${FOLDER}/page.html)
  read_all(styles ${STYLES})
  read_all(scripts ${SCRIPTS})
  foreach(text IN ITEMS styles scripts)
    string(REGEX MATCH "</(script|style)|<!--" breaks "${${text}}")
    if(breaks)
      message(FATAL_ERROR "the report's ${text} hold '${breaks}', which would end their element")
    endif()
  endforeach()
  # The script element's text begins after its tag and ends before the closing one.
  string(SHA256 hash "${scripts}")
  string(REPLACE "@STYLES@" "${styles}" page "${page}")
  string(REPLACE "@SCRIPTS@" "${scripts}" page "${page}")
  # As numbers: no literal is too long, and no text in it means anything to the compiler.
  file(WRITE ${OUTPUT}.html "${page}")
  file(READ ${OUTPUT}.html bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n"
    bytes "${bytes}")
  file(WRITE ${OUTPUT} "#include \"reports/html_text.hpp\"

namespace dwcp::reports {
namespace {

constexpr unsigned char page[] = {
${bytes}};

}  // namespace

std::string_view html_script_sha256() { return \"${hash}\"; }
std::string_view html_page_text() { return {reinterpret_cast<const char*>(page), sizeof page}; }

}  // namespace dwcp::reports
")
  return()
endif()

function(dwcp_report_page output)
  find_file(DWCP_DYGRAPHS dygraph.min.js PATHS /usr/share/javascript/dygraphs /usr/share/nodejs/dygraphs/dist NO_CACHE)
  if(NOT DWCP_DYGRAPHS)
    message(FATAL_ERROR "dygraphs (dygraph.min.js) not found, which reports draw their charts with: package libjs-dygraphs, "
      "or -DDWCP_DYGRAPHS=FILE")
  endif()
  get_filename_component(dygraphs ${DWCP_DYGRAPHS} REALPATH)
  get_filename_component(dygraphs ${dygraphs} DIRECTORY)
  find_file(DWCP_DYGRAPHS_SYNCHRONIZER synchronizer.js NO_CACHE NO_DEFAULT_PATH REQUIRED
    PATHS ${dygraphs}/extras ${dygraphs}/src-es5/extras ${dygraphs}/src/extras ${dygraphs}/../src-es5/extras)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/html)
  file(GLOB styles CONFIGURE_DEPENDS ${folder}/styles/*.css)
  # report.js has what the others add to, and start.js shows the page when all are there.
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/scripts/*.js ${folder}/pages/*.js)
  list(FILTER scripts EXCLUDE REGEX "/(report|start)\\.js$")
  set(styles ${dygraphs}/dygraph.min.css ${styles})
  set(scripts ${DWCP_DYGRAPHS} ${DWCP_DYGRAPHS_SYNCHRONIZER} ${folder}/scripts/report.js ${scripts}
    ${folder}/scripts/start.js)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DSTYLES=${styles}" "-DSCRIPTS=${scripts}" -DOUTPUT=${output}
      -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${styles} ${scripts} ${folder}/page.html ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    COMMENT "Making the page of reports" VERBATIM)
endfunction()

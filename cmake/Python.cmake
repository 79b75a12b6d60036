# DWCP_PYTHON: the interpreter that tests run and the extension is built for. The system's, when there is one, since that
# is the one whose packages the distribution has.
if(EXISTS /usr/bin/python3)
  set(python_found /usr/bin/python3)
else()
  find_program(python_found python3 NO_CACHE)
endif()
set(DWCP_PYTHON "${python_found}" CACHE FILEPATH "Python's interpreter, 3.11 or newer")

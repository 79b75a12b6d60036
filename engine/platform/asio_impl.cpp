// Boost.Asio's non-template code, compiled once for the whole project.
#include <boost/asio/impl/src.hpp>

// The one table of errors (error_table.def) and the type that carries an error with its particulars.
//   Pure code returns Result<T>. Coroutines throw Error for what the caller cannot expect.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>
#include <string>

namespace dwcp {

using ErrorCode = boost::system::error_code;

enum class Errc {
#define DWCP_ERROR(name, number, text) name = number,
#include "engine/base/error_table.def"
#undef DWCP_ERROR
};

}  // namespace dwcp

template <>
struct boost::system::is_error_code_enum<dwcp::Errc> : std::true_type {};

namespace dwcp {

const boost::system::error_category& error_category();
inline ErrorCode make_error_code(Errc e) { return {static_cast<int>(e), error_category()}; }

// An error code with a sentence that names the thing, the value, and what would be right.
struct Failure {
  ErrorCode code;
  std::string detail;

  Failure() = default;
  Failure(ErrorCode c, std::string d) : code(c), detail(std::move(d)) {}
  Failure(Errc c, std::string d) : code(make_error_code(c)), detail(std::move(d)) {}
  // "bad unit: ..." — the table's text, then the particulars.
  std::string message() const;
};

class Error : public boost::system::system_error {
 public:
  explicit Error(const Failure& f) : system_error(f.code, f.detail), detail_(f.detail) {}
  Error(Errc c, const std::string& d) : Error(Failure(c, d)) {}
  const std::string& detail() const { return detail_; }

 private:
  std::string detail_;
};

// Found by argument-dependent lookup from boost::system::result::value().
[[noreturn]] void throw_exception_from_error(const Failure& f, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace dwcp

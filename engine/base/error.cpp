#include "engine/base/error.hpp"

namespace dwcp {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "dwcp"; }
  std::string message(int number) const override {
    switch (static_cast<Errc>(number)) {
#define DWCP_ERROR(name, num, text) \
  case Errc::name:                  \
    return text;
#include "engine/base/error_table.def"
#undef DWCP_ERROR
    }
    return "unknown error " + std::to_string(number);
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

std::string Failure::message() const { return detail.empty() ? code.message() : code.message() + ": " + detail; }

void throw_exception_from_error(const Failure& f, const boost::source_location&) { throw Error(f); }

}  // namespace dwcp

#include "scenarios/format/threshold.hpp"

#include <array>
#include <charconv>

#include "scenarios/format/binding.hpp"

namespace dwcp::scenarios {
namespace {

struct Operator {
  std::string_view text;
  Comparison comparison;
};
// Longer ones first: "<=" begins with "<".
constexpr std::array<Operator, 6> operators{{{"<=", Comparison::less_or_equal},
                                             {">=", Comparison::greater_or_equal},
                                             {"==", Comparison::equal},
                                             {"!=", Comparison::not_equal},
                                             {"<", Comparison::less},
                                             {">", Comparison::greater}}};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The metric's name without the figure of a distribution.
std::string_view stem(std::string_view metric) {
  for (const std::string_view figure : {".p50", ".p90", ".p99", ".max"})
    if (metric.ends_with(figure)) return metric.substr(0, metric.size() - figure.size());
  return metric;
}

template <class T, class Convert>
Result<double> convert(Result<T> parsed, Convert&& to_number) {
  if (!parsed) return parsed.error();
  return to_number(*parsed);
}

// A bound with a unit of its own.
Result<double> parse_quantity(std::string_view text, std::string_view metric) {
  if (text.ends_with('%')) return convert(parse_fraction(text), [](Fraction f) { return f.value; });
  if (metric.ends_with("_s")) return convert(parse_duration(text), [](Duration d) { return to_seconds(d); });
  if (metric.ends_with("_bps"))
    return convert(parse_bit_rate(text), [](BitRate r) { return static_cast<double>(r.value); });
  if (metric.find("bytes") != std::string_view::npos)
    return convert(parse_bytes(text), [](Bytes b) { return static_cast<double>(b.value); });
  return Failure(Errc::bad_unit, "'" + std::string(metric) + "' has no unit; write a plain number");
}

}  // namespace

bool Threshold::holds(double value) const {
  switch (comparison) {
    case Comparison::less:
      return value < bound;
    case Comparison::less_or_equal:
      return value <= bound;
    case Comparison::greater:
      return value > bound;
    case Comparison::greater_or_equal:
      return value >= bound;
    case Comparison::equal:
      return value == bound;
    case Comparison::not_equal:
      return value != bound;
  }
  return false;
}

Result<Threshold> parse_threshold(std::string_view text) {
  const std::size_t at = text.find_first_of("<>=!");
  const Operator* op = nullptr;
  if (at != std::string_view::npos)
    for (const Operator& candidate : operators)
      if (text.substr(at).starts_with(candidate.text)) {
        op = &candidate;
        break;
      }
  if (!op)
    return Failure(Errc::bad_value, "'" + std::string(text) +
                                        "' compares nothing; write METRIC OPERATOR NUMBER with one of "
                                        "<, <=, >, >=, ==, !=");
  const std::string_view metric = trim(text.substr(0, at));
  const std::string_view bound = trim(text.substr(at + op->text.size()));
  if (metric.empty() || bound.empty())
    return Failure(Errc::bad_value, "'" + std::string(text) + "' lacks a metric or a number");
  double number = 0;
  const auto [rest, error] = std::from_chars(bound.data(), bound.data() + bound.size(), number);
  if (error != std::errc() || rest != bound.data() + bound.size()) {
    const auto quantity = parse_quantity(bound, stem(metric));
    if (!quantity) return quantity.error();
    number = *quantity;
  }
  return Threshold{std::string(metric), op->comparison, number};
}

}  // namespace dwcp::scenarios

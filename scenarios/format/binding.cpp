#include "scenarios/format/binding.hpp"

#include <algorithm>
#include <charconv>

namespace dwcp::scenarios {

Result<Fraction> parse_fraction(std::string_view text) {
  const auto bad = [&](Errc code, const char* why) {
    return Failure(code, "share '" + std::string(text) + "' " + why);
  };
  if (!text.ends_with('%')) return bad(Errc::bad_unit, "has no unit; write it in %");
  std::string_view number = text.substr(0, text.size() - 1);
  while (number.ends_with(' ')) number.remove_suffix(1);
  double percent = 0;
  const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), percent);
  if (error != std::errc() || rest != number.data() + number.size())
    return bad(Errc::bad_value, "is not a number of %");
  if (!(percent >= 0 && percent <= 100)) return bad(Errc::bad_value, "is not between 0% and 100%");
  return Fraction{percent / 100};
}

std::string to_string(Fraction fraction) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, fraction.value * 100, std::chars_format::general, 6);
  return std::string(text, end.ptr) + "%";
}

namespace detail {

ShapePtr quantity(std::string noun, std::string example, std::string units,
                  std::function<std::optional<std::string>(const std::string&)> objection) {
  Shape shape;
  shape.kind = Shape::Kind::quantity;
  shape.noun = std::move(noun);
  shape.example = std::move(example);
  // "B, KiB" becomes "^[0-9]+(\\.[0-9]+)? ?(B|KiB)$".
  std::string alternatives = units;
  for (std::size_t at; (at = alternatives.find(", ")) != std::string::npos;) alternatives.replace(at, 2, "|");
  shape.pattern = "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+) ?(" + alternatives + ")$";
  shape.units = std::move(units);
  shape.objection = std::move(objection);
  return std::make_shared<const Shape>(std::move(shape));
}

std::string without_space(std::string text) {
  std::erase(text, ' ');
  return text;
}

namespace {
ShapePtr simple(Shape::Kind kind, const char* noun, std::optional<double> minimum = {}) {
  Shape shape;
  shape.kind = kind;
  shape.noun = noun;
  shape.minimum = minimum;
  return std::make_shared<const Shape>(std::move(shape));
}
}  // namespace

}  // namespace detail

ShapePtr Binding<Bytes>::shape() {
  return detail::quantity("a size", "4GiB", "B, KiB, MiB, GiB, TiB, kB, MB, GB, TB", detail::objection_of(parse_bytes));
}
ShapePtr Binding<BitRate>::shape() {
  return detail::quantity("a rate", "1Gbit/s", "bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, MB/s, GB/s, MiB/s, GiB/s",
                          detail::objection_of(parse_bit_rate));
}
ShapePtr Binding<Duration>::shape() {
  return detail::quantity("a duration", "40ms", "ns, us, ms, s, min, h", detail::objection_of(parse_duration));
}
ShapePtr Binding<Fraction>::shape() {
  return detail::quantity("a share", "0.1%", "%", detail::objection_of(parse_fraction));
}
ShapePtr Binding<std::string>::shape() { return detail::simple(Shape::Kind::text, "a text"); }
ShapePtr Binding<Json>::shape() { return detail::simple(Shape::Kind::any, "a value"); }
ShapePtr Binding<bool>::shape() { return detail::simple(Shape::Kind::boolean, "true or false"); }
ShapePtr Binding<std::uint64_t>::shape() { return detail::simple(Shape::Kind::integer, "a whole number", 0.0); }
ShapePtr Binding<double>::shape() { return detail::simple(Shape::Kind::number, "a number"); }

}  // namespace dwcp::scenarios

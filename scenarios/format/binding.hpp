// Ties C++ types to shapes: Binding<T> knows T's shape, reads a T from JSON that has been validated, and prints one as
// a scenario would write it. ObjectTable<T> makes the binding of a struct from a list of its fields.
#pragma once

#include <array>
#include <map>
#include <utility>

#include "engine/base/units.hpp"
#include "scenarios/format/shape.hpp"

namespace dwcp::scenarios {

using dwcp::to_string;  // of durations, which argument-dependent lookup does not find

// A share, written in percent; 0..1 in the program.
struct Fraction {
  double value = 0;
  friend auto operator<=>(const Fraction&, const Fraction&) = default;
};
Result<Fraction> parse_fraction(std::string_view text);  // "0.1%"; 0 % to 100 %
std::string to_string(Fraction);

template <class T>
struct Binding;

namespace detail {

ShapePtr quantity(std::string noun, std::string example, std::string units,
                  std::function<std::optional<std::string>(const std::string&)> objection);
std::string without_space(std::string text);

template <class T>
auto objection_of(Result<T> (*parse)(std::string_view)) {
  return [parse](const std::string& text) -> std::optional<std::string> {
    const auto value = parse(text);
    return value ? std::nullopt : std::optional(value.error().detail);
  };
}

template <class T, Result<T> (*parse)(std::string_view)>
struct QuantityBinding {
  static T read(const Json& json) { return parse(json.get<std::string>()).value(); }
  static std::string show(const T& value) { return without_space(to_string(value)); }
};

}  // namespace detail

template <>
struct Binding<Bytes> : detail::QuantityBinding<Bytes, parse_bytes> {
  static ShapePtr shape();
};
template <>
struct Binding<BitRate> : detail::QuantityBinding<BitRate, parse_bit_rate> {
  static ShapePtr shape();
};
template <>
struct Binding<Duration> : detail::QuantityBinding<Duration, parse_duration> {
  static ShapePtr shape();
};
template <>
struct Binding<Fraction> : detail::QuantityBinding<Fraction, parse_fraction> {
  static ShapePtr shape();
};
template <>
struct Binding<std::string> {
  static ShapePtr shape();
  static std::string read(const Json& json) { return json.get<std::string>(); }
  static std::string show(const std::string& value) { return value; }
};
template <>
struct Binding<bool> {
  static ShapePtr shape();
  static bool read(const Json& json) { return json.get<bool>(); }
  static std::string show(bool value) { return value ? "true" : "false"; }
};
// A value whose kind is checked where it is put.
template <>
struct Binding<Json> {
  static ShapePtr shape();
  static Json read(const Json& json) { return json; }
  static std::string show(const Json& value) { return value.dump(); }
};
template <>
struct Binding<std::uint64_t> {
  static ShapePtr shape();
  static std::uint64_t read(const Json& json) { return json.get<std::uint64_t>(); }
  static std::string show(std::uint64_t value) { return std::to_string(value); }
};
template <>
struct Binding<unsigned> {
  static ShapePtr shape() { return Binding<std::uint64_t>::shape(); }
  static unsigned read(const Json& json) { return json.get<unsigned>(); }
  static std::string show(unsigned value) { return std::to_string(value); }
};
template <>
struct Binding<double> {
  static ShapePtr shape();
  static double read(const Json& json) { return json.get<double>(); }
  static std::string show(double value) { return Json(value).dump(); }
};

// Enumerations: specialise Choices<E>::names with the word of each enumerator, in order from 0.
template <class E>
struct Choices;
template <class E>
requires std::is_enum_v<E>
struct Binding<E> {
  static ShapePtr shape() {
    Shape shape;
    shape.kind = Shape::Kind::choice;
    shape.noun = "a choice";
    for (const auto name : Choices<E>::names) shape.choices.emplace_back(name);
    return std::make_shared<const Shape>(std::move(shape));
  }
  static E read(const Json& json) {
    const auto text = json.get<std::string>();
    for (std::size_t i = 0; i < Choices<E>::names.size(); ++i)
      if (Choices<E>::names[i] == text) return static_cast<E>(i);
    throw Error(Errc::internal, "'" + text + "' passed validation and is no choice");
  }
  static std::string show(E value) { return std::string(Choices<E>::names[static_cast<std::size_t>(value)]); }
};

template <class T>
struct Binding<std::optional<T>> {
  static ShapePtr shape() { return Binding<T>::shape(); }
  static std::optional<T> read(const Json& json) { return Binding<T>::read(json); }
  static std::string show(const std::optional<T>& value) { return value ? Binding<T>::show(*value) : ""; }
};

template <class T>
struct Binding<std::vector<T>> {
  static ShapePtr shape() {
    Shape shape;
    shape.kind = Shape::Kind::list;
    shape.noun = "a list";
    shape.element = Binding<T>::shape();
    return std::make_shared<const Shape>(std::move(shape));
  }
  static std::vector<T> read(const Json& json) {
    std::vector<T> list;
    for (const Json& item : json) list.push_back(Binding<T>::read(item));
    return list;
  }
  static std::string show(const std::vector<T>&) { return {}; }
};

template <class T>
struct Binding<std::map<std::string, T>> {
  static ShapePtr shape() {
    Shape shape;
    shape.kind = Shape::Kind::map;
    shape.noun = "a mapping of names";
    shape.element = Binding<T>::shape();
    return std::make_shared<const Shape>(std::move(shape));
  }
  static std::map<std::string, T> read(const Json& json) {
    std::map<std::string, T> map;
    for (const auto& [key, item] : json.items()) map.emplace(key, Binding<T>::read(item));
    return map;
  }
  static std::string show(const std::map<std::string, T>&) { return {}; }
};

// What narrows a field's shape further.
struct Range {
  double minimum, maximum;
};
struct AtLeast {
  std::size_t items;
};

// The fields of struct T. Built once per type by table_of<T>() (table.cpp).
template <class T>
class ObjectTable {
 public:
  ObjectTable(std::string name, std::string about) {
    shape_.kind = Shape::Kind::object;
    shape_.noun = "a mapping";
    shape_.name = std::move(name);
    shape_.about = std::move(about);
  }
  template <class M, class... Narrowing>
  ObjectTable& required(std::string key, M T::*member, std::string about, Narrowing... narrowing) {
    add(std::move(key), member, std::move(about), narrowing...);
    shape_.fields.back().required = true;
    shape_.fields.back().default_text.clear();
    return *this;
  }
  template <class M, class... Narrowing>
  ObjectTable& optional(std::string key, M T::*member, std::string about, Narrowing... narrowing) {
    add(std::move(key), member, std::move(about), narrowing...);
    return *this;
  }
  ObjectTable& shorthand(std::string key) {
    shape_.shorthand = std::move(key);
    return *this;
  }
  ObjectTable& exactly_one_of(std::vector<std::string> keys) {
    shape_.one_of = std::move(keys);
    return *this;
  }

  const Shape& shape() const { return shape_; }
  T read(const Json& json) const {
    T object{};
    for (const auto& [key, reader] : readers_) {
      if (!json.is_object() && key == shape_.shorthand) reader(json, object);
      if (json.is_object() && json.contains(key)) reader(json[key], object);
    }
    return object;
  }

 private:
  template <class M, class... Narrowing>
  void add(std::string key, M T::*member, std::string about, Narrowing... narrowing) {
    Shape shape = *Binding<M>::shape();
    (narrow(shape, narrowing), ...);
    const T defaults{};
    shape_.fields.push_back({key, std::move(about), false, Binding<M>::show(defaults.*member),
                             std::make_shared<const Shape>(std::move(shape))});
    readers_.emplace_back(std::move(key),
                          [member](const Json& json, T& object) { object.*member = Binding<M>::read(json); });
  }
  static void narrow(Shape& shape, Range range) {
    shape.minimum = range.minimum;
    shape.maximum = range.maximum;
  }
  static void narrow(Shape& shape, AtLeast bound) { shape.items_min = bound.items; }

  Shape shape_;
  std::vector<std::pair<std::string, std::function<void(const Json&, T&)>>> readers_;
};

// Structs with a table are bound through it.
template <class T>
const ObjectTable<T>& table_of();
template <class T>
requires std::is_class_v<T>
struct Binding<T> {
  static ShapePtr shape() { return std::make_shared<const Shape>(table_of<T>().shape()); }
  static T read(const Json& json) { return table_of<T>().read(json); }
  static std::string show(const T&) { return {}; }
};

}  // namespace dwcp::scenarios

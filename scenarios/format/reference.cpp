#include "scenarios/format/reference.hpp"

#include <algorithm>

#include "scenarios/format/metrics.hpp"
#include "scenarios/format/table.hpp"

namespace dwcp::scenarios {
namespace {

using Kind = Shape::Kind;

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string anchor(const std::string& name) {
  std::string link = name;
  std::replace(link.begin(), link.end(), ' ', '-');
  return "[" + name + "](#" + link + ")";
}

std::string integer_text(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

std::string type_text(const Shape& shape) {
  switch (shape.kind) {
    case Kind::object:
      return anchor(shape.name);
    case Kind::list:
      return "list of " + type_text(*shape.element);
    case Kind::map:
      return "name: " + type_text(*shape.element);
    case Kind::choice: {
      std::string text;
      for (const std::string& choice : shape.choices) text += (text.empty() ? "" : ", ") + code(choice);
      return text;
    }
    case Kind::quantity:
      return shape.noun.substr(2) + ", " + code(shape.example);
    case Kind::boolean:
      return "true, false";
    case Kind::text:
      return "text";
    case Kind::any:
      return "value";
    case Kind::integer:
    case Kind::number:
      return (shape.kind == Kind::integer ? "integer" : "number") +
             (shape.maximum ? ", " + integer_text(*shape.minimum) + " to " + integer_text(*shape.maximum) : "");
  }
  return {};
}

// Objects in the order in which they are first mentioned.
void collect(const Shape& shape, std::vector<const Shape*>& objects) {
  if (shape.element) collect(*shape.element, objects);
  if (shape.kind != Kind::object) return;
  const auto same = [&](const Shape* other) { return other->name == shape.name; };
  if (std::any_of(objects.begin(), objects.end(), same)) return;
  objects.push_back(&shape);
  for (const FieldShape& field : shape.fields) collect(*field.shape, objects);
}

std::string section(const Shape& shape) {
  std::string text = "## " + shape.name + "\n\n" + shape.about + "\n";
  if (!shape.one_of.empty()) {
    text += "\nExactly one of ";
    for (std::size_t i = 0; i < shape.one_of.size(); ++i) text += (i == 0 ? "" : ", ") + code(shape.one_of[i]);
    text += " is there.\n";
  }
  if (!shape.shorthand.empty())
    text += "\nA bare value instead of the mapping stands for " + code(shape.shorthand) + ".\n";
  text += "\n| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const FieldShape& field : shape.fields) {
    const std::string fallback = field.required               ? "**required**"
                                 : field.default_text.empty() ? ""
                                                              : code(field.default_text);
    text += "| " + code(field.key) + " | " + type_text(*field.shape) + " | " + fallback + " | " + field.about + " |\n";
  }
  return text + "\n";
}

constexpr std::string_view introduction = R"(# Scenario files

Generated from `scenarios/format/table.cpp` by `dwcp schema --markdown`; do not edit.

A scenario is a YAML file. It is checked whole before anything runs: unknown keys, values of a wrong kind, bare numbers
where a unit belongs, and worlds that cannot be are errors with file, line and column (exit status 104).

- Sizes are written with B, KiB, MiB, GiB, TiB, kB, MB, GB, TB; rates with bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, MB/s,
  GB/s, MiB/s, GiB/s; durations with ns, us, ms, s, min, h; shares with %.
- `include:` names a file, or a list of them, relative to this one. Mappings merge key by key, what stands here wins,
  lists replace.
- `dwcp run FILE --set topology.links.atlantic.loss=2%` overrides a value; items of lists go by index or by `name`.
- `scenarios/schema.json` is the same as JSON Schema, for editors.

)";

}  // namespace

std::string reference_sections(const Shape& root) {
  std::vector<const Shape*> objects;
  collect(root, objects);
  std::string text;
  for (const Shape* shape : objects) text += section(*shape);
  return text;
}

std::string scenario_reference() {
  std::string text = std::string(introduction) + reference_sections(scenario_shape());
  text +=
      "## Metrics\n\nWhat `expect` may compare, and what `metrics` in `result.json` holds.\n\n| metric | meaning "
      "|\n|---|---|\n";
  for (const MetricInfo& metric : all_metrics())
    text += "| " + code(std::string(metric.name)) + " | " + std::string(metric.about) + " |\n";
  return text;
}

std::string scenario_schema_text() { return to_json_schema(scenario_shape(), "dwcp scenario").dump(2) + "\n"; }

}  // namespace dwcp::scenarios

// JSON Schema from shapes.
#include "scenarios/format/shape.hpp"

namespace dwcp::scenarios {
namespace {

using Kind = Shape::Kind;

Json schema_of(const Shape& shape);

Json object_schema(const Shape& shape) {
  Json schema{{"type", "object"}, {"additionalProperties", false}};
  if (!shape.about.empty()) schema["description"] = shape.about;
  Json required = Json::array();
  for (const FieldShape& field : shape.fields) {
    Json property = schema_of(*field.shape);
    property["description"] = field.about;
    if (!field.default_text.empty()) property["default"] = field.default_text;
    schema["properties"][field.key] = std::move(property);
    if (field.required) required.push_back(field.key);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  for (const std::string& key : shape.one_of) schema["oneOf"].push_back({{"required", {key}}});
  if (shape.shorthand.empty()) return schema;
  return {{"anyOf", {schema_of(*shape.field(shape.shorthand)->shape), std::move(schema)}}};
}

Json number_schema(const Shape& shape) {
  Json schema{{"type", shape.kind == Kind::integer ? "integer" : "number"}};
  if (shape.minimum) schema["minimum"] = *shape.minimum;
  if (shape.maximum) schema["maximum"] = *shape.maximum;
  return schema;
}

Json text_schema(const Shape& shape) {
  Json schema{{"type", "string"}};
  if (!shape.pattern.empty()) schema["pattern"] = shape.pattern;
  if (!shape.example.empty()) schema["examples"] = {shape.example};
  return schema;
}

Json schema_of(const Shape& shape) {
  switch (shape.kind) {
    case Kind::object:
      return object_schema(shape);
    case Kind::list: {
      Json schema{{"type", "array"}, {"items", schema_of(*shape.element)}};
      if (shape.items_min > 0) schema["minItems"] = shape.items_min;
      return schema;
    }
    case Kind::map: {
      Json schema{{"type", "object"}, {"additionalProperties", schema_of(*shape.element)}};
      if (shape.items_min > 0) schema["minProperties"] = shape.items_min;
      return schema;
    }
    case Kind::choice:
      return {{"type", "string"}, {"enum", shape.choices}};
    case Kind::boolean:
      return {{"type", "boolean"}};
    case Kind::integer:
    case Kind::number:
      return number_schema(shape);
    case Kind::text:
    case Kind::quantity:
      return text_schema(shape);
    case Kind::any:
      return {{"not", {{"type", "null"}}}};
  }
  return {};
}

}  // namespace

Json to_json_schema(const Shape& root, const std::string& title) {
  Json schema = schema_of(root);
  schema["$schema"] = "http://json-schema.org/draft-07/schema#";
  schema["title"] = title;
  // Files may also include others, which is resolved before validation.
  schema["properties"]["include"] = {
      {"description", "Files whose content counts as if it stood here; what stands here wins."},
      {"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  return schema;
}

}  // namespace dwcp::scenarios

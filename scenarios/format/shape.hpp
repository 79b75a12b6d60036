// The description of one kind of value in a scenario: what the JSON Schema, the reference and the error messages are
// all made from. Shapes are made by the bindings (binding.hpp) from the one table (table.cpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

struct Shape;
using ShapePtr = std::shared_ptr<const Shape>;

struct FieldShape {
  std::string key;
  std::string about;  // one sentence for the reference
  bool required = false;
  std::string default_text;  // as one would write it; empty: none
  ShapePtr shape;
};

struct Shape {
  enum class Kind { text, boolean, integer, number, quantity, choice, list, map, object, any };

  Kind kind = Kind::text;
  std::string noun;                        // "a duration": completes "expected ..."
  std::string example;                     // "40ms"
  std::string pattern;                     // regular expression (ECMAScript), of texts and quantities; empty: any
  std::string units;                       // of quantities: "ns, us, ms, s, min, h"
  std::optional<double> minimum, maximum;  // of integers and numbers, included
  std::vector<std::string> choices;
  // Of texts and quantities: a sentence that says what is wrong with a text that matches the pattern, or nothing.
  std::function<std::optional<std::string>(const std::string&)> objection;

  ShapePtr element;           // of lists and maps
  std::size_t items_min = 0;  // of lists and maps

  std::string name;                 // of objects: the heading in the reference
  std::string about;                // of objects
  std::vector<FieldShape> fields;   // of objects
  std::string shorthand;            // of objects: a bare value stands for this field
  std::vector<std::string> one_of;  // of objects: exactly one of these keys is there

  const FieldShape* field(const std::string& key) const;
};

// JSON Schema (draft 7) of documents of this shape.
Json to_json_schema(const Shape& root, const std::string& title);

// Every way in which `document` is not of this shape, each with its place, the value, and what would be right.
std::vector<Problem> problems_of(const Document& document, const Shape& root);

// The candidate that `word` was probably meant to be; empty when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace dwcp::scenarios

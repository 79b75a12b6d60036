#include "scenarios/format/shape.hpp"

#include <algorithm>
#include <numeric>
#include <regex>

#include "engine/base/units.hpp"

namespace dwcp::scenarios {
namespace {

using Kind = Shape::Kind;

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : ", ") + words[i];
  return text;
}

std::string print(const Json& value) {
  if (value.is_object()) return "a mapping";
  if (value.is_array()) return "a list";
  if (value.is_null()) return "nothing";
  return value.is_string() ? "'" + value.get<std::string>() + "'" : value.dump();
}

std::string plain_number(double value) {
  const auto whole = whole_number(value);
  return whole ? std::to_string(*whole) : Json(value).dump();
}

std::string range_of(const Shape& shape) {
  if (shape.minimum && shape.maximum)
    return " from " + plain_number(*shape.minimum) + " to " + plain_number(*shape.maximum);
  if (shape.minimum) return " of at least " + plain_number(*shape.minimum);
  return shape.maximum ? " of at most " + plain_number(*shape.maximum) : "";
}

// Walks document and shape together.
class Walk {
 public:
  explicit Walk(const Document& document) : document_(document) {}

  void visit(const Json& value, const Shape& shape, const std::string& pointer) {
    switch (shape.kind) {
      case Kind::object:
        return visit_object(value, shape, pointer);
      case Kind::map:
      case Kind::list:
        return visit_elements(value, shape, pointer);
      case Kind::boolean:
        return check(value.is_boolean(), value, shape, pointer);
      case Kind::integer:
      case Kind::number:
        return visit_number(value, shape, pointer);
      case Kind::choice:
        return visit_choice(value, shape, pointer);
      case Kind::text:
      case Kind::quantity:
        return visit_text(value, shape, pointer);
      case Kind::any:
        return check(!value.is_null(), value, shape, pointer);
    }
  }
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  void problem(const std::string& pointer, const std::string& text) {
    const std::string path = dotted(pointer);
    problems_.push_back({document_.position(pointer), (path.empty() ? "" : path + ": ") + text});
  }

  void expected(const Json& value, const Shape& shape, const std::string& pointer) {
    std::string text = "expected " + shape.noun + range_of(shape);
    if (!shape.example.empty()) text += " such as " + shape.example;
    problem(pointer, text + ", got " + print(value));
  }

  void check(bool right, const Json& value, const Shape& shape, const std::string& pointer) {
    if (!right) expected(value, shape, pointer);
  }

  void visit_number(const Json& value, const Shape& shape, const std::string& pointer) {
    const bool typed = shape.kind == Kind::integer ? value.is_number_integer() : value.is_number();
    check(typed && value.get<double>() >= shape.minimum.value_or(-1e300) &&
              value.get<double>() <= shape.maximum.value_or(1e300),
          value, shape, pointer);
  }

  void visit_choice(const Json& value, const Shape& shape, const std::string& pointer) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (value.is_string() && std::count(shape.choices.begin(), shape.choices.end(), text) > 0) return;
    const std::string guess = value.is_string() ? nearest(text, shape.choices) : "";
    problem(pointer, "expected one of " + list_of(shape.choices) + ", got " + print(value) +
                         (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
  }

  void visit_text(const Json& value, const Shape& shape, const std::string& pointer) {
    if (shape.kind == Kind::quantity && value.is_number())
      return problem(pointer, "expected " + shape.noun + " with a unit (" + shape.units + ") such as " + shape.example +
                                  ", got the bare number " + value.dump());
    if (!value.is_string()) return expected(value, shape, pointer);
    const auto text = value.get<std::string>();
    const auto objection = shape.objection ? shape.objection(text) : std::nullopt;
    if (objection) return problem(pointer, *objection + "; expected " + shape.noun + " such as " + shape.example);
    if (!shape.pattern.empty() && !std::regex_search(text, std::regex(shape.pattern))) expected(value, shape, pointer);
  }

  void visit_elements(const Json& value, const Shape& shape, const std::string& pointer) {
    if (shape.kind == Kind::list ? !value.is_array() : !value.is_object()) return expected(value, shape, pointer);
    if (value.size() < shape.items_min)
      problem(pointer,
              "expected at least " + std::to_string(shape.items_min) + ", got " + std::to_string(value.size()));
    if (shape.kind == Kind::list) {
      for (std::size_t i = 0; i < value.size(); ++i) visit(value[i], *shape.element, pointer + "/" + std::to_string(i));
    } else {
      for (const auto& [key, item] : value.items()) visit(item, *shape.element, pointer + "/" + escape_step(key));
    }
  }

  void visit_object(const Json& value, const Shape& shape, const std::string& pointer) {
    if (!value.is_object()) {
      if (!shape.shorthand.empty() && !value.is_null())
        return visit(value, *shape.field(shape.shorthand)->shape, pointer);
      return expected(value, shape, pointer);
    }
    std::vector<std::string> keys;
    for (const FieldShape& field : shape.fields) {
      keys.push_back(field.key);
      if (value.contains(field.key))
        visit(value[field.key], *field.shape, pointer + "/" + escape_step(field.key));
      else if (field.required)
        problem(pointer, "'" + field.key + "' is missing: " + field.about);
    }
    for (const auto& [key, item] : value.items()) {
      if (shape.field(key)) continue;
      const std::string guess = nearest(key, keys);
      problem(pointer + "/" + escape_step(key),
              "unknown key; " + (guess.empty() ? "known here: " + list_of(keys) : "did you mean '" + guess + "'?"));
    }
    const auto given = std::count_if(shape.one_of.begin(), shape.one_of.end(),
                                     [&](const std::string& key) { return value.contains(key); });
    if (!shape.one_of.empty() && given != 1)
      problem(pointer, "expected exactly one of " + list_of(shape.one_of) + ", got " + std::to_string(given));
  }

  // "/topology/links/0/rate" as "topology.links.0.rate".
  static std::string dotted(const std::string& pointer) {
    if (pointer.empty()) return {};
    std::string path;
    for (std::size_t i = 1; i < pointer.size(); ++i) {
      if (pointer[i] == '~' && i + 1 < pointer.size())
        path += pointer[++i] == '1' ? '/' : '~';
      else
        path += pointer[i] == '/' ? '.' : pointer[i];
    }
    return path;
  }

  const Document& document_;
  std::vector<Problem> problems_;
};

}  // namespace

const FieldShape* Shape::field(const std::string& key) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const FieldShape& f) { return f.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  // A third of the word may differ, two letters of a short one, never all of it.
  std::size_t distance_best = std::min(std::max<std::size_t>(2, word.size() / 3) + 1, word.size());
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    const bool begins = word.size() >= 3 && candidate.starts_with(word);
    if (distance >= distance_best && !(begins && best.empty())) continue;
    best = candidate;
    distance_best = std::min(distance_best, distance);
  }
  return best;
}

std::vector<Problem> problems_of(const Document& document, const Shape& root) {
  Walk walk(document);
  walk.visit(document.root, root, "");
  return walk.take();
}

}  // namespace dwcp::scenarios

#include "scenarios/format/yaml.hpp"

#include <algorithm>
#include <charconv>

#include "scenarios/format/table.hpp"

namespace dwcp::scenarios {
namespace {

constexpr std::size_t line_columns_max = 110;  // of mappings and lists on one line

// Whether YAML takes the bare text for this very text: no indicator, no number, no word with a meaning.
bool is_plain(const std::string& text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
  if (text.empty() || letters.find(text.front()) == std::string_view::npos || text.back() == ' ') return false;
  if (text.find_first_not_of(std::string(letters) + "+-%<>=! ") != std::string::npos) return false;
  if (text == "true" || text == "false" || text == "null") return false;
  double number = 0;
  return std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() + text.size();
}

std::string write_scalar(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return value.dump();  // JSON's scalars, quoted texts among them, are YAML's
}

std::string write_key(const std::string& key) { return write_scalar(Json(key)); }

// Of what stands below a value; nothing where the shape does not know.
const Shape* shape_below(const Shape* shape, const std::string& key) {
  if (shape == nullptr) return nullptr;
  if (shape->element) return shape->element.get();
  const FieldShape* field = shape->field(key);
  return field == nullptr ? nullptr : field->shape.get();
}

std::vector<std::string> keys_in_order(const Json& mapping, const Shape* shape) {
  std::vector<std::string> keys;
  if (shape != nullptr)
    for (const FieldShape& field : shape->fields)
      if (mapping.contains(field.key)) keys.push_back(field.key);
  for (const auto& [key, value] : mapping.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

std::string write_flow(const Json& value, const Shape* shape) {
  std::string text;
  if (value.is_object()) {
    for (const std::string& key : keys_in_order(value, shape))
      text += (text.empty() ? "" : ", ") + write_key(key) + ": " + write_flow(value[key], shape_below(shape, key));
    return "{" + text + "}";
  }
  if (!value.is_array()) return write_scalar(value);
  for (const Json& item : value) text += (text.empty() ? "" : ", ") + write_flow(item, shape_below(shape, ""));
  return "[" + text + "]";
}

// Containers in containers, itself included; empty ones count as scalars.
std::size_t depth_of(const Json& value) {
  if (!value.is_structured() || value.empty()) return 0;
  std::size_t below = 0;
  for (const Json& item : value) below = std::max(below, depth_of(item));
  return below + 1;
}

class Writer {
 public:
  // The value after a key or a dash: on the same line when it is small, else on lines of its own. Items of lists may be
  // mappings of mappings there, as events and faults are.
  void write(const Json& value, const Shape* shape, std::size_t indent, bool after_dash) {
    const std::string flow = write_flow(value, shape);
    const std::size_t depth = depth_of(value), depth_max = after_dash ? 2 : 1;
    if (depth == 0 || (depth <= depth_max && indent + flow.size() <= line_columns_max)) {
      text_ += (after_dash ? "" : " ") + flow + "\n";
      return;
    }
    if (!after_dash) text_ += "\n";
    if (value.is_object())
      mapping(value, shape, indent, after_dash);
    else
      list(value, shape, indent, after_dash);
  }

  // `begun`: the first line has its indentation already.
  void mapping(const Json& mapping, const Shape* shape, std::size_t indent, bool begun) {
    for (const std::string& key : keys_in_order(mapping, shape)) {
      const Json& below = mapping[key];
      if (indent == 0 && !text_.empty() && below.is_structured()) text_ += "\n";
      text_ += (begun ? "" : std::string(indent, ' ')) + write_key(key) + ":";
      begun = false;
      write(below, shape_below(shape, key), indent + 2, false);
    }
  }

  void list(const Json& items, const Shape* shape, std::size_t indent, bool begun) {
    for (const Json& item : items) {
      text_ += (begun ? "" : std::string(indent, ' ')) + "- ";
      begun = false;
      write(item, shape_below(shape, ""), indent + 2, true);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string to_yaml(const Json& document) {
  Writer writer;
  writer.mapping(document, &scenario_shape(), 0, false);
  return writer.take();
}

}  // namespace dwcp::scenarios

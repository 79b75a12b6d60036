// A YAML file as JSON, with the place of every key and value kept, so that an error can name file, line and column.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::scenarios {

using Json = nlohmann::json;

struct Position {
  std::string file;
  int line = 0;  // from 1
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};
// "internet/a.yaml:12:5"
std::string to_string(const Position&);

struct Document {
  Json root;
  // By JSON pointer ("/topology/links/0/rate"): where the value stands, and where its key does (list items have none).
  std::map<std::string, Position> values, keys;
  std::string hash;  // world_hash() of the file with its includes, before any override; set by load_document
  std::vector<std::string> overrides;  // that load_document applied

  // Of the key when there is one, else of the value, else of the nearest parent.
  Position position(std::string pointer) const;
};

// One thing that is wrong with a document.
struct Problem {
  Position where;
  std::string text;
  friend auto operator<=>(const Problem&, const Problem&) = default;
};
// Sorted by place, one a line; at most `problems_shown_max` of them.
Failure to_failure(std::vector<Problem> problems);
constexpr std::size_t problems_shown_max = 20;

// Bounds on foreign files: a longer or larger one is an error.
constexpr std::size_t document_bytes_max = 1 << 20;
constexpr std::size_t document_nodes_max = 100'000;
constexpr int include_depth_max = 8;

// Errors are Failure(bad_scenario): syntax, duplicate keys, a top level that is no mapping, bounds.
Result<Document> parse_document(std::string_view yaml, const std::string& file);

// The file with its `include:`s (paths relative to the including file) merged under it: mappings merge key by key, the
// including file wins, lists replace. Errors also: not_found.
Result<Document> load_document(const std::filesystem::path& file);
// The same, with overrides (below) applied to it in turn.
Result<Document> load_document(const std::filesystem::path& file, const std::vector<std::string>& overrides);

// "topology.links.atlantic.rate=2Gbit/s": sets a value as if the file said so. Items of lists are named by their index
// or by their `name`. The value is read as YAML. Its position is "--set", unless `where` says better.
Result<void> apply_override(Document& document, std::string_view assignment, const Position* where = nullptr);

// 16 hex digits that tell whether two documents describe the same world: of everything but `name`, `about`, `seed`,
// `repeat`, `sweep`, `include`, and what is expected without an abort, since none of them changes what a seed does.
// Comments and the order of keys do not count, values count as they are written.
std::string world_hash(const Json& root);
// Of bytes beside the document that decide as well, such as a trace's.
std::string joined_hash(const std::string& hash, ByteSpan bytes);

// One step of a JSON pointer, escaped (RFC 6901).
std::string escape_step(std::string_view key);

}  // namespace dwcp::scenarios

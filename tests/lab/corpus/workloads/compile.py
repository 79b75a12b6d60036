"""Writes a C++ program of many translation units with the standard library's larger headers, and its Makefile.

compile.py SEED COUNT
"""
import random
import sys
from pathlib import Path

# Parts of which units are made: what they include, and a function; @ is a number of its own in the program, # a small constant.
PARTS = [
    ("map string vector", """
std::map<std::string, std::vector<int>> index@(const std::vector<std::string>& words) {
  std::map<std::string, std::vector<int>> found;
  for (std::size_t i = 0; i < words.size(); ++i) found[words[i].substr(0, #)].push_back(static_cast<int>(i) * #);
  return found;
}"""),
    ("regex string", """
int matches@(const std::string& text) {
  static const std::regex pattern("([a-z]{1,#})=(\\\\d+)(;|$)");
  int count = #;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) count += std::stoi((*at)[2]);
  return count;
}"""),
    ("algorithm numeric vector random", """
double spread@(unsigned seed) {
  std::mt19937_64 engine(seed + #);
  std::normal_distribution<double> normal(#, 2.5);
  std::vector<double> values(# * 16);
  for (auto& value : values) value = normal(engine);
  std::sort(values.begin(), values.end());
  return std::accumulate(values.begin(), values.end(), 0.0) - values[values.size() / 2] * #;
}"""),
    ("iostream sstream iomanip string", """
std::string table@(int rows) {
  std::ostringstream out;
  for (int row = 0; row < rows; ++row) out << std::setw(#) << row << std::hex << row * # << std::fixed << row / #.0 << '\\n';
  return out.str();
}"""),
    ("variant string vector type_traits", """
struct Leaf@ { int value; };
struct Branch@ { std::vector<std::variant<Leaf@, Branch@>> below; std::string name; };
int sum@(const std::variant<Leaf@, Branch@>& node) {
  return std::visit([](const auto& one) -> int {
    if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Leaf@>) { return one.value + #; }
    else { int all = #; for (const auto& below : one.below) all += sum@(below); return all; }
  }, node);
}"""),
    ("thread mutex condition_variable deque functional", """
class Queue@ {
 public:
  void put(std::function<int(int)> job) { { std::lock_guard<std::mutex> held(lock_); jobs_.push_back(std::move(job)); } more_.notify_one(); }
  int take(int with) { std::unique_lock<std::mutex> held(lock_); more_.wait(held, [this] { return !jobs_.empty(); });
    auto job = std::move(jobs_.front()); jobs_.pop_front(); return job(with + #); }
 private:
  std::mutex lock_; std::condition_variable more_; std::deque<std::function<int(int)>> jobs_;
};
int queue@(int value) { Queue@ queue; queue.put([value](int x) { return x * # + value; }); return queue.take(value); }"""),
    ("unordered_map memory string optional", """
class Cache@ {
 public:
  std::optional<std::string> find(int key) const { auto at = held_.find(key % #); return at == held_.end() ? std::nullopt : std::optional(*at->second); }
  void keep(int key, std::string value) { held_[key % #] = std::make_shared<std::string>(std::move(value)); }
 private:
  std::unordered_map<int, std::shared_ptr<std::string>> held_;
};
int cache@(int n) { Cache@ cache; for (int i = 0; i < n; ++i) cache.keep(i * #, std::to_string(i)); return cache.find(n) ? # : 0; }"""),
    ("ranges vector string algorithm", """
std::vector<int> chosen@(const std::vector<int>& from) {
  std::vector<int> out;
  for (int value : from | std::views::filter([](int x) { return x % # != 0; }) | std::views::transform([](int x) { return x * #; }) | std::views::take(#)) out.push_back(value);
  std::ranges::sort(out);
  return out;
}"""),
    ("chrono filesystem string", """
std::string where@(const std::string& name) {
  auto path = std::filesystem::path("/var") / name / "#" / std::to_string(std::chrono::milliseconds(#).count());
  return path.lexically_normal().string();
}"""),
]


def unit_of(choice: random.Random, number: int, parts) -> str:
    headers = sorted({header for includes, _ in parts for header in includes.split()})
    lines = [f"#include <{header}>\n" for header in headers]
    lines.append(f"namespace unit{number} {{")
    for at, (_, text) in enumerate(parts):
        *pieces, last = text.replace("@", str(at)).split("#")
        lines.append("".join(piece + str(choice.randint(2, 29)) for piece in pieces) + last)
    lines.append("\n}\n")
    return "".join(lines)


def unit(choice: random.Random, number: int) -> str:
    return unit_of(choice, number, choice.choices(PARTS, k=3))


def main():
    seed, count = map(int, sys.argv[1:])
    choice = random.Random(seed)
    for number in range(count):
        Path(f"unit{number:03}.cpp").write_text(unit(choice, number))
    Path("Makefile").write_text("CXXFLAGS = -std=c++20 -O1 -g -Wall\nOBJECTS = $(patsubst %.cpp,%.o,$(wildcard *.cpp))\n"
                                "all.a: $(OBJECTS)\n\tar rcs $@ $^\nclean:\n\trm -f *.o all.a\n")


if __name__ == "__main__":
    main()

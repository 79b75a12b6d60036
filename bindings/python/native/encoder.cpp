#include "bindings/python/native/encoder.hpp"

#include <mutex>
#include <optional>

#include "bindings/python/native/batch.hpp"
#include "bindings/python/native/buffers.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/encoder.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

// An engine's encoder that any thread of Python's may call. The interpreter's lock is given up first and the encoder's
// is taken then, everywhere: a thread that waits for the encoder never keeps the interpreter from the one that has it.
class PythonEncoder {
 public:
  explicit PythonEncoder(const hde::EncoderConfig& config) : encoder_(config) {}

  Batch encode(const py::object& content, std::uint32_t block, std::uint64_t first,
               std::optional<std::uint32_t> version, const std::string& codec_name, bool windowed) {
    const hde::Codec codec = codec_of(codec_name);
    const Slice input = slice_of(content);
    const py::gil_scoped_release unlocked;
    const std::size_t count = input.size() / page_size.value;
    if (count == 0 || count > hde::max_batch_pages || input.size() % page_size.value != 0)
      throw Error(Errc::bad_value, "content of " + std::to_string(input.size()) +
                                       " bytes; 1 to 1000 whole pages of 4096 bytes would be right");
    return joined(hde::Encoder::encode(plan(input, count, block, first, version, windowed), codec), codec);
  }

  void acknowledge(std::uint64_t batch) {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    encoder_.acknowledge(hde::BatchId(batch));
  }

  template <class Value>
  Value ask(Value (*question)(const hde::Encoder&)) const {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    return question(encoder_);
  }

 private:
  hde::Plan plan(const Slice& input, std::size_t count, std::uint32_t block, std::uint64_t first,
                 std::optional<std::uint32_t> version, bool windowed) {
    std::vector<hde::PageIn> pages;
    pages.reserve(count);
    const std::lock_guard lock(mutex_);
    const Version used(version.value_or(static_cast<std::uint32_t>(version_ + 1)));
    for (std::size_t i = 0; i < count; ++i)
      pages.push_back(
          {{block, PageIndex(first + i)}, used, input.bytes().subspan(i * page_size.value, page_size.value)});
    hde::Plan planned = encoder_.plan(input, pages, windowed);
    version_ = std::max<std::uint64_t>(version_, used.value);
    return planned;
  }

  mutable std::mutex mutex_;
  hde::Encoder encoder_;
  std::uint64_t version_ = 0;  // the newest that was used; one past max_version is refused by plan()
};

std::unique_ptr<PythonEncoder> make_encoder(std::uint64_t deltas, std::uint64_t retention, std::uint64_t window) {
  hde::EncoderConfig config;
  config.delta_cache_budget = Bytes(deltas);
  config.retention_budget = Bytes(retention);
  config.window_budget = Bytes(window);
  return std::make_unique<PythonEncoder>(config);
}

}  // namespace

void bind_encoder(py::module_& module) {
  const hde::EncoderConfig standard;
  py::class_<PythonEncoder>(
      module, "Encoder",
      "The sending side: classifies pages against what the receiver acknowledged, and packs them.\n\n"
      "Its budgets are bytes of memory: `deltas` for contents that deltas refer to (0: no deltas), "
      "`retention` for batches under way, `window` for contents that later batches copy from (0: "
      "none do). Any thread may call it; encoding goes on in several at once.")
      .def(py::init(&make_encoder), py::kw_only(), py::arg("deltas") = standard.delta_cache_budget.value,
           py::arg("retention") = standard.retention_budget.value, py::arg("window") = standard.window_budget.value)
      .def("encode", &PythonEncoder::encode, py::arg("content"), py::kw_only(), py::arg("block") = 0,
           py::arg("first") = 0, py::arg("version") = py::none(), py::arg("codec") = "zstd3",
           py::arg("windowed") = false,
           "Encodes 1 to 1000 pages, which lie one after the other in `content`, as pages first, first + 1... of "
           "`block`.\n\n"
           "`version` is in 1..2**32-1 and greater than any earlier one of the same page; by itself one more than the "
           "last call's. `bytes` are kept as they are while the encoder needs them, other buffers are copied. Raises "
           "EngineValueError for a size, a version or a codec that cannot be, EngineError (out_of_budget) with 65536 "
           "batches under way.")
      .def("acknowledge", &PythonEncoder::acknowledge, py::arg("batch"),
           "The receiver has applied the batch of this id: its pages become what later ones are compared with. An id "
           "that "
           "is not under way is ignored.")
      .def_property_readonly(
          "digest",
          [](const PythonEncoder& e) {
            return e.ask<std::string>([](const hde::Encoder& encoder) { return encoder.digest().to_string(); });
          },
          "Of the newest contents of all pages, in whatever order they came: 32 hexadecimal digits.")
      .def_property_readonly(
          "cached",
          [](const PythonEncoder& e) {
            return e.ask<std::uint64_t>([](const hde::Encoder& encoder) { return encoder.cached().value; });
          },
          "Bytes of contents that are held for deltas.")
      .def_property_readonly(
          "under_way",
          [](const PythonEncoder& e) {
            return e.ask<std::size_t>([](const hde::Encoder& encoder) { return encoder.batches_under_way(); });
          },
          "Batches that were not acknowledged.");
}

}  // namespace dwcp::python

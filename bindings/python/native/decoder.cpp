#include "bindings/python/native/decoder.hpp"

#include <algorithm>
#include <mutex>

#include "bindings/python/native/batch.hpp"
#include "bindings/python/native/buffers.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/decoder.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

constexpr std::uint64_t decoder_pages_max = std::uint64_t{1} << 28;  // 1 TiB

// The memory of one block. It is also where the bases of deltas are read from.
class BlockMemory final : public hde::PageSink, public hde::BaseSource {
 public:
  explicit BlockMemory(std::uint64_t pages) : bytes_(pages * page_size.value) {}
  void page(const hde::PageKey& key, Version, ByteSpan content) override {
    std::ranges::copy(content, place(key).begin());
  }
  void zero(const hde::PageKey& key, Version) override { std::ranges::fill(place(key), std::byte{0}); }
  bool read(const hde::PageKey& key, MutableByteSpan content) override {
    std::ranges::copy(place(key), content.begin());
    return true;
  }
  ByteSpan bytes() const { return bytes_; }

 private:
  // The decoder hands over pages of declared blocks only.
  MutableByteSpan place(const hde::PageKey& key) {
    return MutableByteSpan(bytes_).subspan(key.index.value * page_size.value, page_size.value);
  }
  ByteVector bytes_;
};

struct RejectedPage {
  std::uint64_t index;
  std::uint64_t version;
  const char* reason;
};

struct DecodedBatch {
  std::uint64_t batch, applied, superseded;
  std::vector<RejectedPage> rejected;
};

std::uint64_t checked_pages(std::uint64_t pages) {
  if (pages >= 1 && pages <= decoder_pages_max) return pages;
  throw Error(Errc::bad_value,
              "pages " + std::to_string(pages) + "; 1 to " + std::to_string(decoder_pages_max) + " would be right");
}

// One block's decoder, which any thread of Python's may call; its locks are taken as the encoder's are.
class PythonDecoder {
 public:
  PythonDecoder(std::uint64_t pages, std::uint32_t block, std::uint64_t window)
      : memory_(checked_pages(pages)), decoder_(config_of(window)) {
    decoder_.declare_block(block, pages).value();
  }

  DecodedBatch decode(const py::object& batch) {
    const Slice payload = py::isinstance<Batch>(batch) ? batch.cast<const Batch&>().payload : slice_of(batch);
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    const hde::DecodeReport report = decoder_.decode(payload, memory_, memory_).value();
    DecodedBatch decoded{report.batch.value, report.applied, report.superseded, {}};
    for (const hde::Rejected& one : report.rejected)
      decoded.rejected.push_back({one.page.key.index.value, one.page.version.value,
                                  one.reason == hde::RejectReason::checksum ? "checksum" : "missing_base"});
    return decoded;
  }

  std::string digest() const {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    return decoder_.digest().to_string();
  }

  ByteSpan memory() const { return memory_.bytes(); }

 private:
  static hde::DecoderConfig config_of(std::uint64_t window) {
    hde::DecoderConfig config;
    config.window_budget = Bytes(window);
    return config;
  }

  mutable std::mutex mutex_;
  BlockMemory memory_;
  hde::Decoder decoder_;
};

}  // namespace

void bind_decoder(py::module_& module) {
  py::class_<RejectedPage>(module, "Rejected", "A page that was not applied; the sender must be asked for it.")
      .def_readonly("index", &RejectedPage::index, "Of the page in its block.")
      .def_readonly("version", &RejectedPage::version, "Of the page.")
      .def_readonly("reason", &RejectedPage::reason,
                    "\"missing_base\": what it refers to is not held here; \"checksum\": it is not what was sent.");

  py::class_<DecodedBatch>(module, "Report", "What became of a batch.")
      .def_readonly("batch", &DecodedBatch::batch, "Its id, for Encoder.acknowledge().")
      .def_readonly("applied", &DecodedBatch::applied, "Pages that were written, or were unchanged.")
      .def_readonly("superseded", &DecodedBatch::superseded,
                    "Pages that were dropped: the same or a newer version had been applied.")
      .def_property_readonly(
          "rejected",
          [](const DecodedBatch& decoded) {
            py::list rejected;
            for (const RejectedPage& one : decoded.rejected) rejected.append(one);
            return rejected;
          },
          "Pages that were not applied.");

  const hde::DecoderConfig standard;
  py::class_<PythonDecoder>(module, "Decoder", py::buffer_protocol(),
                            "The receiving side of one block of `pages` pages (up to 2**28), all zero at first.\n\n"
                            "`window` is the encoder's. Its buffer is the memory. Any thread may call it.")
      .def(py::init<std::uint64_t, std::uint32_t, std::uint64_t>(), py::arg("pages"), py::kw_only(),
           py::arg("block") = 0, py::arg("window") = standard.window_budget.value)
      .def_buffer([](const PythonDecoder& decoder) {
        return py::buffer_info(reinterpret_cast<const unsigned char*>(decoder.memory().data()),
                               static_cast<py::ssize_t>(decoder.memory().size()));
      })
      .def(
          "decode", &PythonDecoder::decode, py::arg("batch"),
          "Verifies a batch and writes its pages. Batches may come in any order and more than once. Raises EngineError "
          "(bad_encoding, version_mismatch) for bytes that are none; nothing was applied then.")
      .def_property_readonly("memory", &view_of,
                             "The block's bytes, read-only and not copied; they change with the next batch.")
      .def_property_readonly("digest", &PythonDecoder::digest,
                             "Equals Encoder.digest when everything has arrived: 32 hexadecimal digits.");
}

}  // namespace dwcp::python

#include "bindings/python/native/stream.hpp"

#include <array>
#include <mutex>

#include "bindings/python/native/buffers.hpp"
#include "hypervisor/qemu_stream/reader.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

using qemu_stream::BlockIndex;
using qemu_stream::PageSpan;
using qemu_stream::Part;
using qemu_stream::RamBlock;

constexpr std::array<std::byte, page_size.value> zero_page{};
constexpr std::array<const char*, 3> part_names{"prefix", "between", "tail"};

// Pages of one call of feed() share one piece of memory.
struct StreamPage {
  std::uint64_t block = 0, index = 0;
  bool zero = false;
  std::shared_ptr<const ByteVector> contents;
  std::size_t offset = 0;

  const std::byte* bytes() const { return zero ? zero_page.data() : contents->data() + offset; }
};

// Notes what a reader reports.
class Notes final : public qemu_stream::Visitor {
 public:
  void on_opaque(Part part, ByteSpan bytes) override { opaque[static_cast<std::size_t>(part)] += bytes.size(); }
  void on_ram_layout(const qemu_stream::RamLayout&) override {}
  void on_page(BlockIndex block, PageIndex index, PageSpan content) override {
    pages.push_back({block.value, index.value, false, contents, contents->size()});
    contents->insert(contents->end(), content.begin(), content.end());
  }
  void on_zero_page(BlockIndex block, PageIndex index) override {
    pages.push_back({block.value, index.value, true, {}, 0});
  }
  void on_section_end() override { ++sections; }
  void on_ram_end() override { ram_ended = true; }
  void on_unreadable(std::string_view section) override { unreadable = section; }

  std::vector<StreamPage> pages;  // of the current call
  std::shared_ptr<ByteVector> contents = std::make_shared<ByteVector>();
  std::array<std::uint64_t, 3> opaque{};
  std::uint64_t sections = 0;
  bool ram_ended = false;
  std::optional<std::string> unreadable;
};

class PythonStreamReader {
 public:
  explicit PythonStreamReader(std::vector<std::string> huge_page_blocks)
      : reader_(notes_, {std::move(huge_page_blocks)}) {}

  std::vector<StreamPage> feed(const py::object& bytes) {
    const HeldBuffer buffer(bytes);
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    notes_.pages.clear();
    notes_.contents = std::make_shared<ByteVector>();
    reader_.feed(buffer.bytes()).value();
    return std::move(notes_.pages);
  }

  void finish() {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    reader_.finish().value();
  }

  template <class Value>
  Value ask(Value (*question)(const qemu_stream::Reader&, const Notes&)) const {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(mutex_);
    return question(reader_, notes_);
  }

 private:
  mutable std::mutex mutex_;  // taken without the interpreter's lock, as the encoder's
  Notes notes_;
  qemu_stream::Reader reader_;
};

py::list pages_as_list(PythonStreamReader& reader, const py::object& bytes) {
  py::list list;
  for (StreamPage& page : reader.feed(bytes)) list.append(std::move(page));
  return list;
}

py::list blocks_of(const PythonStreamReader& reader) {
  py::list list;
  const auto blocks = reader.ask<std::vector<RamBlock>>(
      [](const qemu_stream::Reader& read, const Notes&) { return read.layout().blocks; });
  for (const RamBlock& block : blocks) list.append(block);
  return list;
}

py::dict opaque_of(const PythonStreamReader& reader) {
  const auto opaque = reader.ask<std::array<std::uint64_t, 3>>(
      [](const qemu_stream::Reader&, const Notes& notes) { return notes.opaque; });
  py::dict sizes;
  for (std::size_t part = 0; part < part_names.size(); ++part) sizes[part_names[part]] = opaque[part];
  return sizes;
}

void bind_reader(py::module_& module) {
  py::class_<PythonStreamReader>(
      module, "StreamReader",
      "Takes QEMU's migration stream apart (RAM, versions 7.2 to 10), in pieces of any size.\n\n"
      "`huge_page_blocks`: names of blocks on huge pages, where post-copy is on.")
      .def(py::init([](const py::iterable& names) {
             std::vector<std::string> texts;
             for (const auto& name : names) texts.push_back(name.cast<std::string>());
             return std::make_unique<PythonStreamReader>(std::move(texts));
           }),
           py::arg("huge_page_blocks") = py::tuple())
      .def("feed", &pages_as_list, py::arg("data"),
           "Takes all of `data`, and returns the pages that ended in it, in the stream's order. Raises EngineError: "
           "bad_stream for what no QEMU sends, unsupported_stream for a feature that is not read. After an error it "
           "gives "
           "the same error again.")
      .def("finish", &PythonStreamReader::finish,
           "The stream is over. Raises EngineError (bad_stream) when it ended too soon.")
      .def_property_readonly("blocks", &blocks_of, "The RAM blocks, in their order; empty before the stream told them.")
      .def_property_readonly("opaque", &opaque_of,
                             "Bytes that are no pages, by part: prefix, between (RAM's sections), tail.")
      .def_property_readonly(
          "position",
          [](const PythonStreamReader& r) {
            return r.ask<std::uint64_t>([](const qemu_stream::Reader& read, const Notes&) { return read.position(); });
          },
          "Bytes taken so far.")
      .def_property_readonly(
          "sections",
          [](const PythonStreamReader& r) {
            return r.ask<std::uint64_t>([](const qemu_stream::Reader&, const Notes& notes) { return notes.sections; });
          },
          "RAM's sections that have ended, but for the last one. QEMU ends one about every 50 ms.")
      .def_property_readonly(
          "ram_ended",
          [](const PythonStreamReader& r) {
            return r.ask<bool>([](const qemu_stream::Reader&, const Notes& notes) { return notes.ram_ended; });
          },
          "Whether all pages have come.")
      .def_property_readonly(
          "unreadable",
          [](const PythonStreamReader& r) {
            return r.ask<std::optional<std::string>>(
                [](const qemu_stream::Reader&, const Notes& notes) { return notes.unreadable; });
          },
          "The section that made the rest unreadable, pages and all; None as a rule.");
}

}  // namespace

void bind_stream(py::module_& module) {
  py::class_<RamBlock>(module, "RamBlock", "A block of the guest's RAM.")
      .def_readonly("name", &RamBlock::name, "Such as \"pc.ram\".")
      .def_property_readonly(
          "length", [](const RamBlock& block) { return block.length.value; }, "Bytes, a multiple of 4096.")
      .def_property_readonly("pages", &RamBlock::pages, "Pages of 4096 bytes.")
      .def("__repr__", [](const RamBlock& block) {
        return "<dwcp.RamBlock " + block.name + ": " + std::to_string(block.pages()) + " pages>";
      });

  py::class_<StreamPage>(module, "Page", py::buffer_protocol(),
                         "A page as the stream carried it. Its buffer is its content, also of a page of zeroes.")
      .def_buffer([](const StreamPage& page) {
        return py::buffer_info(reinterpret_cast<const unsigned char*>(page.bytes()),
                               static_cast<py::ssize_t>(page_size.value));
      })
      .def_property_readonly("content", &view_of, "4096 bytes, read-only and not copied.")
      .def_readonly("block", &StreamPage::block, "Position of its block in StreamReader.blocks.")
      .def_readonly("index", &StreamPage::index, "Of the page in its block.")
      .def_readonly("zero", &StreamPage::zero, "Whether the stream said that it holds zeroes only.")
      .def("__len__", [](const StreamPage&) { return page_size.value; });
  bind_reader(module);
}

}  // namespace dwcp::python

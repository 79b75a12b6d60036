#include "bindings/python/native/batch.hpp"

#include <algorithm>

#include "bindings/python/native/buffers.hpp"
#include "engine/base/error.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

// In Python's words, by the names of the classes.
py::dict classes_of(const Batch& batch) {
  py::dict classes;
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const auto page_class = static_cast<hde::PageClass>(i);
    classes[py::str(std::string(to_string(page_class)))] = batch.stats[page_class];
  }
  return classes;
}

std::string describe(const Batch& batch) {
  return "<dwcp.hde.Batch " + std::to_string(batch.id.value) + ": " + std::to_string(batch.stats.pages()) +
         " pages in " + std::to_string(batch.payload.size()) + " bytes>";
}

std::string describe_totals(const hde::ClassTotals& totals) {
  return "ClassTotals(pages=" + std::to_string(totals.pages) + ", bytes_in=" + std::to_string(totals.in.value) +
         ", bytes_out=" + std::to_string(totals.out.value) + ")";
}

}  // namespace

Batch joined(const hde::Encoded& encoded, hde::Codec codec) {
  ByteVector bytes;
  bytes.reserve(encoded.size.value);
  for (const Slice& piece : encoded.payload) bytes.insert(bytes.end(), piece.bytes().begin(), piece.bytes().end());
  return {encoded.id, codec, encoded.stats, Slice::adopt(std::move(bytes))};
}

hde::Codec codec_of(std::string_view name) {
  if (const auto codec = hde::parse_codec(name)) return *codec;
  std::string known;
  for (std::size_t i = 0; i < hde::codec_count; ++i)
    known += (i == 0 ? "" : ", ") + std::string(to_string(static_cast<hde::Codec>(i)));
  throw Error(Errc::bad_value, "codec '" + std::string(name) + "'; there are: " + known);
}

void bind_batch(py::module_& module) {
  using hde::ClassTotals;
  py::class_<ClassTotals>(module, "ClassTotals", "Pages and bytes of one class of pages.")
      .def(py::init([](std::uint64_t pages, std::uint64_t in, std::uint64_t out) {
             return ClassTotals{pages, Bytes(in), Bytes(out)};
           }),
           py::arg("pages") = 0, py::arg("bytes_in") = 0, py::arg("bytes_out") = 0)
      .def(
          "__add__",
          [](const ClassTotals& a, const ClassTotals& b) {
            return ClassTotals{a.pages + b.pages, Bytes(a.in.value + b.in.value), Bytes(a.out.value + b.out.value)};
          },
          py::is_operator())
      .def(
          "__eq__",
          [](const ClassTotals& a, const ClassTotals& b) {
            return a.pages == b.pages && a.in == b.in && a.out == b.out;
          },
          py::is_operator())
      .def_readonly("pages", &ClassTotals::pages, "Pages of the class.")
      .def_property_readonly(
          "bytes_in", [](const ClassTotals& t) { return t.in.value; }, "4096 a page.")
      .def_property_readonly(
          "bytes_out", [](const ClassTotals& t) { return t.out.value; },
          "Their share of the batch, without the directory.")
      .def("__repr__", &describe_totals);

  py::class_<Batch>(module, "Batch", py::buffer_protocol(),
                    "An encoded batch of pages. Its buffer is what travels; bytes(batch) copies it.")
      .def_buffer([](const Batch& batch) {
        return py::buffer_info(reinterpret_cast<const unsigned char*>(batch.payload.bytes().data()),
                               static_cast<py::ssize_t>(batch.payload.size()));
      })
      .def_property_readonly("payload", &view_of, "What travels, read-only and not copied.")
      .def_property_readonly(
          "id", [](const Batch& batch) { return batch.id.value; }, "Its number among the encoder's batches, from 1.")
      .def_property_readonly(
          "codec", [](const Batch& batch) { return std::string(to_string(batch.codec)); }, "What it was encoded with.")
      .def_property_readonly(
          "pages", [](const Batch& batch) { return batch.stats.pages(); }, "How many pages it carries.")
      .def_property_readonly(
          "size", [](const Batch& batch) { return batch.payload.size(); }, "Bytes that travel.")
      .def_property_readonly("classes", &classes_of,
                             "How the pages travel: ClassTotals by class, in the order of PAGE_CLASSES.")
      .def_property_readonly(
          "overhead", [](const Batch& batch) { return batch.stats.overhead.value; },
          "Bytes of the header, the directory and the checksums.")
      .def_property_readonly(
          "matched", [](const Batch& batch) { return batch.stats.matched.value; },
          "Bytes of content that were copied from what earlier batches carried.")
      .def("__len__", [](const Batch& batch) { return batch.payload.size(); })
      .def("__repr__", &describe);
}

}  // namespace dwcp::python

// dwcp._native: parts of the engine for Python, without a simulation.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bindings/python/native/batch.hpp"
#include "bindings/python/native/buffers.hpp"
#include "bindings/python/native/decoder.hpp"
#include "bindings/python/native/encoder.hpp"
#include "bindings/python/native/errors.hpp"
#include "bindings/python/native/stream.hpp"
#include "engine/base/build_info.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/codec.hpp"
#include "engine/hde/digest.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

template <class Enum>
py::tuple names_of(std::size_t count) {
  py::tuple names(count);
  for (std::size_t i = 0; i < count; ++i) names[i] = py::str(std::string(to_string(static_cast<Enum>(i))));
  return names;
}

std::uint64_t size_compressed(const py::object& data, const std::string& codec_name) {
  const hde::Codec codec = codec_of(codec_name);
  const HeldBuffer buffer(data);
  const py::gil_scoped_release unlocked;
  return codec == hde::Codec::none ? buffer.bytes().size() : hde::compressed_size(codec, buffer.bytes()).value;
}

std::string digest_of(const py::object& memory, std::uint32_t block, std::uint64_t first) {
  const HeldBuffer buffer(memory);
  const py::gil_scoped_release unlocked;
  if (buffer.bytes().size() % page_size.value != 0)
    throw Error(Errc::bad_value,
                "memory of " + std::to_string(buffer.bytes().size()) + " bytes; a multiple of 4096 would be right");
  hde::Digest digest;
  hde::add_memory(digest, block, PageIndex(first), buffer.bytes());
  return digest.to_string();
}

}  // namespace
}  // namespace dwcp::python

PYBIND11_MODULE(_native, module) {
  using namespace dwcp;
  using namespace dwcp::python;
  module.doc() =
      "Parts of dwcp's engine: encoding of pages, and QEMU's migration stream. Use dwcp.hde and dwcp.QemuStream.";
  module.attr("PAGE_SIZE") = page_size.value;
  module.attr("CODECS") = names_of<hde::Codec>(hde::codec_count);
  module.attr("PAGE_CLASSES") = names_of<hde::PageClass>(hde::page_class_count);
  module.attr("BUILD") = build_description();
  translate_errors();
  bind_batch(module);
  bind_encoder(module);
  bind_decoder(module);
  bind_stream(module);
  module.def("compressed_size", &size_compressed, py::arg("data"), py::arg("codec"),
             "Bytes that a codec makes of a buffer, or the buffer's own size when it does not shrink. Raises "
             "EngineValueError for a codec that is not in CODECS.");
  module.def(
      "digest", &digest_of, py::arg("memory"), py::kw_only(), py::arg("block") = 0, py::arg("first") = 0,
      "The digest of a memory (a multiple of 4096 bytes) as pages first, first + 1... of `block`: what Encoder and "
      "Decoder have for the same pages.");
}

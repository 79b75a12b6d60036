#include "engine/security/record_bio.hpp"

#include <algorithm>
#include <cstring>

namespace dwcp::security {
namespace {

RecordBuffers& buffers_of(BIO* bio) { return *static_cast<RecordBuffers*>(BIO_get_data(bio)); }

int read_record_bytes(BIO* bio, char* into, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  RecordBuffer& from = buffers_of(bio).incoming;
  const ByteSpan filled = from.filled();
  *count = std::min(size, filled.size());
  if (*count == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(into, filled.data(), *count);
  from.take(*count);
  return 1;
}

int write_record_bytes(BIO* bio, const char* from, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  RecordBuffer& into = buffers_of(bio).outgoing;
  const MutableByteSpan room = into.room();
  *count = std::min(size, room.size());
  if (*count == 0) {
    BIO_set_retry_write(bio);
    return 0;
  }
  std::memcpy(room.data(), from, *count);
  into.fill(*count);
  return 1;
}

// Nothing is held back here, so a flush has nothing to do. 0: not known, as BIO_ctrl(3) has it.
long control_record_bio(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// Lives as long as the process: a channel may outlast any static object.
const BIO_METHOD* record_bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
    must(made && BIO_meth_set_read_ex(made, read_record_bytes) == 1 &&
             BIO_meth_set_write_ex(made, write_record_bytes) == 1 && BIO_meth_set_ctrl(made, control_record_bio) == 1,
         "a kind of BIO");
    return made;
  }();
  return method;
}

}  // namespace

Bio make_record_bio(RecordBuffers& buffers) {
  Bio bio(BIO_new(record_bio_method()));
  must(bio != nullptr, "a BIO");
  BIO_set_data(bio.get(), &buffers);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace dwcp::security

// What OpenSSL reads records from and writes them to: two buffers of ours, without a ring between. Internal to this
// folder.
#pragma once

#include "engine/security/openssl.hpp"
#include "engine/security/record_buffer.hpp"

namespace dwcp::security {

struct RecordBuffers {
  RecordBuffer incoming, outgoing;
};

// Reads incoming, writes outgoing; asks for a retry where there is nothing, or no room. `buffers` outlives it.
Bio make_record_bio(RecordBuffers& buffers);

}  // namespace dwcp::security

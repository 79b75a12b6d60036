// libibverbs' objects with owners. Only this folder includes its header.
#pragma once

#include <infiniband/verbs.h>

#include <memory>

namespace dwcp::platform::native::rdma {

template <auto release>
struct Releases {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using DeviceList = std::unique_ptr<ibv_device*[], Releases<ibv_free_device_list>>;
using Context = std::unique_ptr<ibv_context, Releases<ibv_close_device>>;
using ProtectionDomain = std::unique_ptr<ibv_pd, Releases<ibv_dealloc_pd>>;
using CompletionChannel = std::unique_ptr<ibv_comp_channel, Releases<ibv_destroy_comp_channel>>;
using CompletionQueue = std::unique_ptr<ibv_cq, Releases<ibv_destroy_cq>>;
using QueuePairHandle = std::unique_ptr<ibv_qp, Releases<ibv_destroy_qp>>;

}  // namespace dwcp::platform::native::rdma

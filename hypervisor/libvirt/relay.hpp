// Carries the bytes of one socket through one pipe, both ways, until both directions have ended.
#pragma once

#include "engine/migration/hypervisor.hpp"
#include "hypervisor/libvirt/sockets.hpp"

namespace dwcp::libvirt {

// Runs a task beside others that its failure must not end: the failure is recorded. Not its cancellation.
Task<void> alone(platform::Platform& platform, std::string what, Task<void> task);

// What pipes are for.
enum class Purpose : std::uint8_t { rpc = 1, return_path = 2, disk = 3, stream = 4 };

// A pipe is seen by the peer when its first byte comes. Where the other end of a connection speaks first (NBD), the
// connection must be made there before: so the side that opens a pipe writes one byte that the relay takes off again.
Task<void> announce(migration::Pipe& pipe);
Task<void> take_announcement(migration::Pipe& pipe);

// Of two announced sides. A broken socket ends its direction, and what the peer still sends is read and dropped.
Task<void> relay(platform::Platform& platform, std::shared_ptr<Socket> socket, std::shared_ptr<migration::Pipe> pipe);
// One direction of it.
Task<void> socket_to_pipe(std::shared_ptr<Socket> socket, std::shared_ptr<migration::Pipe> pipe);
Task<void> pipe_to_socket(std::shared_ptr<migration::Pipe> pipe, std::shared_ptr<Socket> socket);

}  // namespace dwcp::libvirt

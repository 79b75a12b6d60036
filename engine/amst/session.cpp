#include "engine/amst/session.hpp"

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {

// The coroutines below hold the core themselves: a caller may let go of the session while it waits.
Session::Session(std::shared_ptr<SessionCore> core) : core_(std::move(core)) {}
Session::~Session() { core_->drop(); }

Task<Sequence> Session::send(ChunkOptions options, std::vector<Slice> payload) {
  const auto core = core_;
  co_return co_await core->send(options, std::move(payload));
}
void Session::on_acknowledged(std::function<void(Sequence)> callback) { core_->on_acknowledged(std::move(callback)); }
Task<void> Session::drained() {
  const auto core = core_;
  co_await core->drained();
}
Task<Delivery> Session::receive() {
  const auto core = core_;
  co_return co_await core->receive();
}
void Session::release(Sequence sequence) { core_->release(sequence); }
Task<void> Session::send_message(ByteVector message) {
  const auto core = core_;
  co_await core->send_message(std::move(message));
}
Task<ByteVector> Session::receive_message() {
  const auto core = core_;
  co_return co_await core->receive_message();
}
void Session::set_rate(BitRate rate) { core_->set_rate(rate); }
void Session::set_rdma(bool wanted) { core_->set_rdma(wanted); }
BitRate Session::rate() const { return core_->rate(); }
State Session::state() const { return core_->state(); }
Stats Session::stats() const { return core_->stats(); }
PathSample Session::path() const { return core_->path(); }
Bytes Session::chunk_size() const { return core_->chunk_size(); }
Bytes Session::chunk_max() const { return core_->chunk_max(); }
const PeerInfo& Session::peer() const { return core_->peer(); }
Task<void> Session::close() {
  const auto core = core_;
  co_await core->close();
}
Task<void> Session::parted() {
  const auto core = core_;
  co_await core->parted();
}
void Session::abort(Failure reason) { core_->abort(std::move(reason)); }
Failure Session::ended() const { return core_->ended(); }

}  // namespace dwcp::amst

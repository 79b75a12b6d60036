# The source lets its guest run on when the answer to its commit does not come, although the destination may have heard it.
set(scenario hand-over)
set(kind one_owner)
set(component migration)
set(file_1 outgoing.cpp)
set(replaced_1 [==[  if (!answered) settlement = co_await agent_->settle(entry_);
]==])
set(planted_1 [==[  if (!answered) {
    co_await agent_->hypervisor.resume(request_.vm);
    settlement = co_await agent_->settle(entry_);
  }
]==])

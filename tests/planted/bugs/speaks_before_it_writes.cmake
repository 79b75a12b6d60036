# The source tells the destination that it may run the guest before its decision is durable.
set(scenario hand-over)
set(kind one_owner)
set(component migration)
set(file_1 outgoing.cpp)
set(replaced_1 [==[  co_await agent_->ledger->record(committed);
]==])
set(planted_1 [==[  agent_->scope.spawn(agent_->ledger->record(committed));
  co_await asio::post(agent_->platform.control(), asio::use_awaitable);
]==])

#include "hypervisor/libvirt/calls.hpp"

#include <libvirt/virterror.h>

namespace dwcp::libvirt {

void throw_last(Errc code, const std::string& what) {
  const virErrorPtr last = virGetLastError();
  throw Error(code, what + ": " + (last && last->message ? last->message : "libvirt gave no reason"));
}

bool last_is_no_domain() {
  const virErrorPtr last = virGetLastError();
  return last && last->code == VIR_ERR_NO_DOMAIN;
}

Connection open_connection(const std::string& uri) {
  const virConnectPtr raw = virConnectOpen(uri.c_str());
  if (!raw) throw_last(Errc::unreachable, "the libvirt daemon at " + uri);
  return Connection(raw, [](virConnectPtr connection) { virConnectClose(connection); });
}

Domain look_up(virConnectPtr connection, const VmId& vm) {
  Domain domain(virDomainLookupByName(connection, vm.text.c_str()));
  if (!domain && !last_is_no_domain()) throw_last(Errc::hypervisor_failed, "looking for guest '" + vm.text + "'");
  return domain;
}

Domain must_find(virConnectPtr connection, const VmId& vm) {
  Domain domain = look_up(connection, vm);
  if (!domain) throw Error(Errc::not_found, "guest '" + vm.text + "'");
  return domain;
}

Calls::Calls(std::string uri) : uri_(std::move(uri)), pool_(threads) {
  // Errors are read where they happen; libvirt would print them as well.
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
  if (virInitialize() < 0) throw_last(Errc::internal, "libvirt cannot be initialised");
  connection_ = open_connection(uri_);
}

Calls::~Calls() { pool_.join(); }

Connection Calls::live_connection() {
  const std::lock_guard guard(opening_);
  if (!connection_ || virConnectIsAlive(connection_.get()) != 1) connection_ = open_connection(uri_);
  return connection_;
}

}  // namespace dwcp::libvirt

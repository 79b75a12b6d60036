#include "engine/migration/messages.hpp"

#include <array>

namespace dwcp::migration {
namespace {

constexpr std::size_t text_max = 4096;

// The kind on the wire is the index in Message plus one: the order of the alternatives is part of the format.
constexpr std::array<std::string_view, std::variant_size_v<Message>> names{"Offer",     "Accept",   "Refuse", "Missing",
                                                                           "StreamEnd", "Prepared", "Commit", "Running",
                                                                           "CannotRun", "Abort",    "Aborted"};

std::string_view clipped(const std::string& text) { return std::string_view(text).substr(0, text_max); }

struct Put {
  FieldWriter& out;
  void operator()(const Offer& m) const {
    out.put(conversation_version).put_text(m.vm.text).put(m.epoch.value).put_text(m.source.text);
    out.put(m.guest.guest.memory.value).put(m.guest.guest.vcpus).put(m.delta_cache.value).put(m.match_window.value);
    out.put(m.window.has_value());
    if (m.window) out.put_text(m.window->name.vm.text).put(m.window->name.epoch.value).put(m.window->last_batch);
    out.put(static_cast<std::uint8_t>(m.guest.options.movement)).put(m.guest.options.copy_disks);
    out.put(m.guest.options.throttle_max).put_text(m.guest.description);
  }
  void operator()(const Accept& m) const {
    out.put(m.window_from.has_value());
    if (m.window_from) out.put(*m.window_from);
  }
  void operator()(const Refuse& m) const { out.put(m.code).put_text(clipped(m.reason)); }
  void operator()(const Missing& m) const {
    out.put(static_cast<std::uint32_t>(m.pages.size()));
    for (const auto& p : m.pages) out.put(p.block).put(p.page.value).put(p.version.value);
  }
  void operator()(const StreamEnd& m) const { out.put(m.digest_low).put(m.digest_high).put(m.tail_bytes); }
  void operator()(const Prepared& m) const { out.put(m.epoch.value); }
  void operator()(const Commit& m) const { out.put_text(m.vm.text).put(m.epoch.value); }
  void operator()(const Running& m) const { out.put(m.epoch.value); }
  void operator()(const CannotRun& m) const { out.put(m.epoch.value).put_text(clipped(m.reason)); }
  void operator()(const Abort& m) const { out.put_text(m.vm.text).put(m.epoch.value); }
  void operator()(const Aborted& m) const { out.put(m.epoch.value); }
};

std::string text(FieldReader& in) { return std::string(in.get_text()); }
Epoch epoch(FieldReader& in) { return Epoch(in.get<std::uint64_t>()); }

// Whether an optional part follows: 0 or 1, or there is no answer.
std::optional<bool> get_presence(FieldReader& in) {
  const auto value = in.get<std::uint8_t>();
  return value > 1 ? std::nullopt : std::optional(value == 1);
}
Failure bad_presence(const char* message) {
  return {Errc::protocol_error,
          std::string("the kept window of ") + message + " is neither there (1) nor left out (0)"};
}

Result<Message> get_offer(FieldReader& in) {
  if (const auto version = in.get<std::uint16_t>(); version != conversation_version)
    return Failure(Errc::version_mismatch, "the peer speaks migration version " + std::to_string(version) +
                                               ", this agent version " + std::to_string(conversation_version));
  Offer m;
  m.vm = VmId(text(in));
  m.epoch = epoch(in);
  m.source = NodeId(text(in));
  m.guest.guest.memory = Bytes(in.get<std::uint64_t>());
  m.guest.guest.vcpus = in.get<std::uint32_t>();
  m.delta_cache = Bytes(in.get<std::uint64_t>());
  m.match_window = Bytes(in.get<std::uint64_t>());
  const auto has_window = get_presence(in);
  if (!has_window) return bad_presence("an Offer");
  if (*has_window) {
    Offer::Window& window = m.window.emplace();
    window.name.vm = VmId(text(in));
    window.name.epoch = epoch(in);
    window.last_batch = in.get<std::uint64_t>();
  }
  const auto movement = in.get<std::uint8_t>();
  const auto copy_disks = in.get<std::uint8_t>();
  m.guest.options.movement = static_cast<Movement>(movement);
  m.guest.options.copy_disks = copy_disks == 1;
  m.guest.options.throttle_max = in.get<std::uint32_t>();
  m.guest.description = text(in);
  if (in.ok() && (movement < 1 || movement > 2 || copy_disks > 1))
    return Failure(Errc::protocol_error, "an Offer has movement " + std::to_string(movement) + " and copies disks " +
                                             std::to_string(copy_disks) + "; 1 or 2, and 0 or 1 would be right");
  return Message(std::move(m));
}

Result<Message> get_missing(FieldReader& in) {
  const auto count = in.get<std::uint32_t>();
  if (count > missing_pages_max)
    return Failure(Errc::protocol_error, "Missing names " + std::to_string(count) + " pages; the most is " +
                                             std::to_string(missing_pages_max));
  Missing m;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto block = in.get<std::uint32_t>();
    const auto page = in.get<std::uint64_t>();
    m.pages.push_back({block, PageIndex(page), Version(in.get<std::uint64_t>())});
  }
  return Message(std::move(m));
}

template <class T>
T with_vm(FieldReader& in) {
  T m;
  m.vm = VmId(text(in));
  m.epoch = epoch(in);
  return m;
}

Result<Message> get(std::size_t index, FieldReader& in) {
  switch (index) {
    case 0:
      return get_offer(in);
    case 1: {
      const auto has_window = get_presence(in);
      if (!has_window) return bad_presence("an Accept");
      return *has_window ? Message(Accept{in.get<std::uint64_t>()}) : Message(Accept{});
    }
    case 2: {
      const auto code = in.get<std::uint32_t>();
      return Message(Refuse{code, text(in)});
    }
    case 3:
      return get_missing(in);
    case 4: {
      StreamEnd m;
      m.digest_low = in.get<std::uint64_t>();
      m.digest_high = in.get<std::uint64_t>();
      m.tail_bytes = in.get<std::uint64_t>();
      return Message(m);
    }
    case 5:
      return Message(Prepared{epoch(in)});
    case 6:
      return Message(with_vm<Commit>(in));
    case 7:
      return Message(Running{epoch(in)});
    case 8: {
      const Epoch e = epoch(in);
      return Message(CannotRun{e, text(in)});
    }
    case 9:
      return Message(with_vm<Abort>(in));
    default:
      return Message(Aborted{epoch(in)});
  }
}

}  // namespace

ByteVector encode(const Message& message) {
  FieldWriter out;
  out.put(static_cast<std::uint8_t>(message.index() + 1));
  std::visit(Put{out}, message);
  return out.take();
}

Result<Message> decode(ByteSpan bytes) {
  FieldReader in(bytes);
  const auto kind = in.get<std::uint8_t>();
  if (kind == 0 || kind > names.size())
    return Failure(Errc::protocol_error, "unknown migration message of kind " + std::to_string(kind));
  auto message = get(kind - 1, in);
  if (message && (!in.ok() || !in.at_end()))
    return Failure(Errc::protocol_error,
                   std::string(names[kind - 1]) + " has a wrong length of " + std::to_string(bytes.size()) + " bytes");
  return message;
}

std::string_view name_of(const Message& message) { return names[message.index()]; }

}  // namespace dwcp::migration

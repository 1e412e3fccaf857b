#include "src/app/doctor/contacts.h"

#include <algorithm>

#include "src/io/host/host_addresses.h"

namespace tcpcopy {

Contacts::Contacts(EventLoop& loop, const ChannelOptions& options, const DoctorOptions& doctor,
                   const TargetMap& targets) {
  const auto add = [&](const Endpoint& intercept, bool only_asked) {
    contacts_.push_back(std::make_unique<Contact>(loop, options, intercept, only_asked, targets));
    contacts_.back()->Start();
  };
  for (const Endpoint& intercept : options.intercepts) add(intercept, false);
  for (const Endpoint& intercept : doctor.asked) {
    const auto& known = options.intercepts;
    if (std::ranges::find(known, intercept) == known.end()) add(intercept, true);
  }
}

bool Contacts::Settled() const {
  return std::ranges::all_of(contacts_, [](const auto& contact) { return contact->settled(); });
}

bool Contacts::MayBring() const {
  return std::ranges::all_of(
      contacts_, [](const auto& contact) { return contact->up() || contact->only_asked(); });
}

std::vector<InterceptEvidence> Contacts::Evidence(Duration patience, const Clock& clock) const {
  std::vector<InterceptEvidence> all;
  std::vector<Endpoint> tried;
  for (const auto& contact : contacts_) {
    all.push_back(contact->evidence());
    if (const auto own = SourceAddressFor(contact->address().address)) all.back().from = *own;
    if (all.back().state == InterceptEvidence::State::kUp) continue;
    tried.push_back(contact->address());
    tried.push_back({contact->address().address, kInterceptPort});
  }
  if (tried.empty()) return all;
  const auto results = TryConnect(tried, patience, clock);
  std::size_t next = 0;
  for (InterceptEvidence& intercept : all) {
    if (intercept.state == InterceptEvidence::State::kUp) continue;
    intercept.connect = results[next];
    if (intercept.address.port != kInterceptPort) intercept.usual_port = results[next + 1];
    next += 2;
  }
  return all;
}

void Contacts::Watch(const FlowKey& probe) {
  for (const auto& contact : contacts_) contact->Watch(probe);
}

void Contacts::AskForReports() {
  for (const auto& contact : contacts_) contact->AskForReport();
}

bool Contacts::Answered() const {
  return std::ranges::all_of(contacts_, [](const auto& contact) { return contact->answered(); });
}

bool Contacts::Brought() const {
  return std::ranges::any_of(contacts_, [](const auto& contact) { return contact->brought(); });
}

void Contacts::Conclude(ProbeEvidence& evidence) {
  for (const auto& contact : contacts_) {
    if (contact->brought() && !evidence.carrier) evidence.carrier = contact->address();
    if (contact->seen()) {
      evidence.witnesses.push_back({contact->address(), *contact->seen(), contact->only_asked()});
    } else if (contact->up() && !contact->blind().empty()) {
      evidence.blind.push_back({contact->address(), contact->blind()});
    }
    contact->Withdraw();
  }
}

}  // namespace tcpcopy

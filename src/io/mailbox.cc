#include "src/io/mailbox.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

namespace tcpcopy {

Result<std::unique_ptr<Mailbox>, IoError> Mailbox::Create(EventLoop& loop) {
  UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) return Err(SystemError("cannot let threads talk to each other", errno));
  return std::unique_ptr<Mailbox>(new Mailbox(loop, std::move(fd)));
}

Mailbox::Mailbox(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {
  loop_.driver().Watch(fd_.get(), *this);
}

Mailbox::~Mailbox() { loop_.driver().Unwatch(fd_.get()); }

void Mailbox::Post(std::function<void()> message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
  // It cannot fail: the counter is far from full.
  if (messages_.size() == 1) ::eventfd_write(fd_.get(), 1);
}

void Mailbox::OnReadable() { loop_.Post(*this); }

void Mailbox::Run() {
  std::vector<std::function<void()>> messages;
  {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    ::eventfd_read(fd_.get(), &count);
    messages.swap(messages_);
  }
  for (const std::function<void()>& message : messages) message();
}

}  // namespace tcpcopy

#pragma once

#include <functional>
#include <memory>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"
#include "src/runtime/driver.h"

namespace tcpcopy {

/// Tells that addresses of this host's interfaces have come or gone, as soon as they have.
class AddressChanges final : public ReadableHandler {
 public:
  /// Called from `Driver::Wait`, once for all changes so far.
  using Callback = std::function<void()>;

  /// `driver` is not owned and must outlive it.
  static Result<std::unique_ptr<AddressChanges>, IoError> Create(Driver& driver, Callback callback);

  AddressChanges(const AddressChanges&) = delete;
  AddressChanges& operator=(const AddressChanges&) = delete;
  ~AddressChanges();

 private:
  AddressChanges(Driver& driver, Callback callback, UniqueFd socket);

  void OnReadable() override;

  Driver& driver_;
  const Callback callback_;
  const UniqueFd socket_;
};

}  // namespace tcpcopy

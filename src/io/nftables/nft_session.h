#pragma once

#include <memory>
#include <string>

#include "netstack/base/result.h"
#include "src/io/io_error.h"

struct nft_ctx;

namespace tcpcopy {

/// A connection to nftables of the network namespace that it is opened in. Tables with `flags
/// owner` that it makes belong to it: the kernel (from 5.12) removes them when it is closed, or
/// when the process ends, however it ends.
class NftSession {
 public:
  struct Answer {
    bool ok = false;
    std::string output;
    std::string error;  // one line

    /// Refused for want of CAP_NET_ADMIN, or because another process owns the table.
    bool NotPermitted() const;
    /// Another table has this name already.
    bool Exists() const;
  };

  /// Needs CAP_NET_ADMIN; the error says so and begins with `what`, such as "cannot install the
  /// guard".
  static Result<std::unique_ptr<NftSession>, IoError> Open(const std::string& what);

  NftSession(const NftSession&) = delete;
  NftSession& operator=(const NftSession&) = delete;
  ~NftSession();

  /// Runs commands in nftables' language, all of them or none.
  Answer Run(const std::string& commands);
  /// From now on listings name the handle of each rule, "... # handle 4", and leave out how much it
  /// has counted.
  void ShowHandles();

 private:
  explicit NftSession(nft_ctx* context) : context_(context) {}

  nft_ctx* const context_;
};

}  // namespace tcpcopy

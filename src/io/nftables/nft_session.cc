#include "src/io/nftables/nft_session.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <string_view>

#include "src/io/host/capabilities.h"

namespace tcpcopy {
namespace {

/// libnftables explains an error in several lines, of which the first says what is wrong and the
/// others where.
std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

bool NftSession::Answer::NotPermitted() const { return Has(error, "Operation not permitted"); }
bool NftSession::Answer::Exists() const { return Has(error, "File exists"); }

Result<std::unique_ptr<NftSession>, IoError> NftSession::Open(const std::string& what) {
  // Asked first because libnftables prints to standard error when it is refused.
  if (!Capabilities::OfThisProcess().net_admin) {
    return Err(MissingCapability(what, "CAP_NET_ADMIN"));
  }
  nft_ctx* const context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (context == nullptr || nft_ctx_buffer_output(context) != 0 ||
      nft_ctx_buffer_error(context) != 0) {
    if (context != nullptr) nft_ctx_free(context);
    return Err(IoError{fmt::format("{}: libnftables cannot be set up", what)});
  }
  return std::unique_ptr<NftSession>(new NftSession(context));
}

NftSession::~NftSession() { nft_ctx_free(context_); }

NftSession::Answer NftSession::Run(const std::string& commands) {
  Answer answer;
  answer.ok = nft_run_cmd_from_buffer(context_, commands.c_str()) == 0;
  answer.output = nft_ctx_get_output_buffer(context_);
  answer.error = FirstLine(nft_ctx_get_error_buffer(context_));
  return answer;
}

void NftSession::ShowHandles() {
  nft_ctx_output_set_flags(context_, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
}

}  // namespace tcpcopy

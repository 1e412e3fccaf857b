#include "src/io/intercept/proof.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <string_view>
#include <vector>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

std::string_view Label(Role prover) {
  return prover == Role::kConnector ? "tcpcopy2 connector" : "tcpcopy2 listener";
}

/// With its length in front, so that no two lists of parts give the same bytes.
void AddPart(std::vector<std::uint8_t>& message, ConstBytes part) {
  std::array<std::uint8_t, 4> length;
  StoreBe32(length.data(), static_cast<std::uint32_t>(part.size()));
  message.insert(message.end(), length.begin(), length.end());
  message.insert(message.end(), part.begin(), part.end());
}

}  // namespace

Proof MakeProof(const Secret& secret, Role prover, ConstBytes connector_hello,
                ConstBytes listener_hello) {
  const std::string_view label = Label(prover);
  const std::vector<std::uint8_t> label_bytes(label.begin(), label.end());
  std::vector<std::uint8_t> message;
  for (const ConstBytes part : {ConstBytes(label_bytes), connector_hello, listener_hello}) {
    AddPart(message, part);
  }
  Proof proof{};
  unsigned length = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), secret.bytes().data(), static_cast<int>(secret.bytes().size()),
           message.data(), message.size(), proof.data(), &length);
  TCPCOPY_CHECK(made != nullptr && length == proof.size());
  return proof;
}

bool IsSame(const Proof& expected, ConstBytes given) {
  return given.size() == expected.size() &&
         CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
}

std::optional<Nonce> RandomNonce() {
  Nonce nonce;
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) return std::nullopt;
  return nonce;
}

}  // namespace tcpcopy

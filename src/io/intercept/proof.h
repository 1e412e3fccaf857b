#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "netstack/base/bytes.h"
#include "src/io/intercept/messages.h"
#include "src/io/intercept/secret.h"

namespace tcpcopy {

/// That one knows the secret: HMAC-SHA256 over one's role and the two HELLOs of this connection,
/// whose nonces nobody can foretell.
using Proof = std::array<std::uint8_t, 32>;

/// The proof that `prover` gives. The HELLOs are the frames' bodies as they were sent.
Proof MakeProof(const Secret& secret, Role prover, ConstBytes connector_hello,
                ConstBytes listener_hello);

/// Takes as long for a proof that is almost right as for any other.
bool IsSame(const Proof& expected, ConstBytes given);

/// Nothing when the system has no randomness to give.
std::optional<Nonce> RandomNonce();

}  // namespace tcpcopy

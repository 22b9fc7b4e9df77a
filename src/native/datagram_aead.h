// ChaCha20-Poly1305 (RFC 8439) of datagrams, in place, by the OpenSSL that Node carries. It knows nothing of JavaScript.
//
//   +----------------------------+-----------------+--------+
//   | header, associated data    | plaintext       | tag    |
//   +----------------------------+-----------------+--------+
//   0         9 counter 15       header_bytes       -16
//
// docs/wire-format.md, "Datagram". The nonce is six zero bytes and the counter, so a counter must never be sealed twice.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <memory>

class DatagramAead {
 public:
  static constexpr size_t kKeyBytes = 32;
  // It ends with the counter at the earliest.
  static constexpr size_t kMinHeaderBytes = 15;
  static constexpr size_t kTagBytes = 16;
  static constexpr size_t kMaxDatagramBytes = 65'535;

  // False where this OpenSSL has no such cipher.
  bool SetKey(const uint8_t* key);

  // Whether a datagram has header, plaintext and tag: only such ones may be sealed and opened.
  static bool IsSound(size_t bytes, size_t header_bytes) {
    return bytes <= kMaxDatagramBytes && header_bytes >= kMinHeaderBytes && bytes > header_bytes + kTagBytes;
  }

  // False where OpenSSL fails, and the datagram must not leave then.
  bool Seal(uint8_t* datagram, size_t bytes, size_t header_bytes);
  // False where the tag does not hold: what stood between header and tag is spoiled then.
  bool Open(uint8_t* datagram, size_t bytes, size_t header_bytes);

 private:
  struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

  // One a direction: the key schedule of each is kept.
  Context sealing_;
  Context opening_;
};

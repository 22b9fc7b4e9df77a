#include "datagram_aead.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstring>

namespace {

constexpr size_t kCounterAt = 9;
constexpr size_t kCounterBytes = 6;
constexpr size_t kNonceBytes = 12;

void ReadNonce(const uint8_t* datagram, uint8_t* nonce) {
  std::memset(nonce, 0, kNonceBytes - kCounterBytes);
  std::memcpy(nonce + kNonceBytes - kCounterBytes, datagram + kCounterAt, kCounterBytes);
}

}  // namespace

bool DatagramAead::SetKey(const uint8_t* key) {
  sealing_.reset(EVP_CIPHER_CTX_new());
  opening_.reset(EVP_CIPHER_CTX_new());
  if (sealing_ == nullptr || opening_ == nullptr) return false;
  const EVP_CIPHER* cipher = EVP_chacha20_poly1305();
  return cipher != nullptr && EVP_EncryptInit_ex(sealing_.get(), cipher, nullptr, key, nullptr) == 1 &&
         EVP_DecryptInit_ex(opening_.get(), cipher, nullptr, key, nullptr) == 1;
}

bool DatagramAead::Seal(uint8_t* datagram, size_t bytes, size_t header_bytes) {
  uint8_t nonce[kNonceBytes];
  ReadNonce(datagram, nonce);
  uint8_t* plain = datagram + header_bytes;
  const int plain_bytes = static_cast<int>(bytes - header_bytes - kTagBytes);
  EVP_CIPHER_CTX* context = sealing_.get();
  // EVP_CIPHER_CTX_ctrl comes to the same, and takes 0.1 µs more.
  OSSL_PARAM tag[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, plain + plain_bytes, kTagBytes),
                      OSSL_PARAM_construct_end()};
  int written = 0;
  return EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce, nullptr) == 1 &&
         EVP_EncryptUpdate(context, nullptr, &written, datagram, static_cast<int>(header_bytes)) == 1 &&
         EVP_EncryptUpdate(context, plain, &written, plain, plain_bytes) == 1 && written == plain_bytes &&
         EVP_EncryptFinal_ex(context, plain + plain_bytes, &written) == 1 && written == 0 &&
         EVP_CIPHER_CTX_get_params(context, tag) == 1;
}

bool DatagramAead::Open(uint8_t* datagram, size_t bytes, size_t header_bytes) {
  uint8_t nonce[kNonceBytes];
  ReadNonce(datagram, nonce);
  uint8_t* plain = datagram + header_bytes;
  const int plain_bytes = static_cast<int>(bytes - header_bytes - kTagBytes);
  EVP_CIPHER_CTX* context = opening_.get();
  const OSSL_PARAM tag[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, plain + plain_bytes, kTagBytes),
      OSSL_PARAM_construct_end()};
  int written = 0;
  return EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce, tag) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &written, datagram, static_cast<int>(header_bytes)) == 1 &&
         EVP_DecryptUpdate(context, plain, &written, plain, plain_bytes) == 1 && written == plain_bytes &&
         EVP_DecryptFinal_ex(context, plain + plain_bytes, &written) == 1;
}

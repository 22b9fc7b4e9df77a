// The edge between JavaScript and DatagramAead: datagrams, sealed and opened where they lie. Every argument is checked here, and
// nothing of JavaScript runs between the check of a buffer and its use. A wrong argument throws a TypeError or RangeError; a
// tag that does not hold is an answer.
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <new>

#include "arguments.h"
#include "datagram_aead.h"

namespace {

// Each function of a cipher holds it; it ends with the last of them.
using Aead = std::shared_ptr<DatagramAead>;

napi_value Failed(napi_env env) {
  napi_throw_error(env, "ERR_CRYPTO_OPERATION_FAILED", "OpenSSL failed");
  return nullptr;
}

// A function of a cipher, called with a datagram and the length of its header.
struct Call {
  DatagramAead* aead = nullptr;
  uint8_t* datagram = nullptr;
  size_t bytes = 0;
  uint32_t header_bytes = 0;
  // Otherwise an exception is pending.
  bool is_right = false;

  Call(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2] = {};
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    aead = static_cast<Aead*>(data)->get();
    is_right = ReadBytes(env, arguments[0], "datagram: a Buffer", &datagram, &bytes) &&
               ReadInteger(env, arguments[1], UINT16_MAX, "headerBytes: an integer up to 65,535", &header_bytes);
  }

  bool is_sound() const { return DatagramAead::IsSound(bytes, header_bytes); }
};

// (datagram, headerBytes): seals it where it lies.
napi_value Seal(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.is_right) return nullptr;
  if (!call.is_sound()) return OutOfRange(env, "datagram: header of 15 bytes or more, plaintext, tag; up to 65,535 bytes");
  // No value is undefined.
  return call.aead->Seal(call.datagram, call.bytes, call.header_bytes) ? nullptr : Failed(env);
}

// (datagram, headerBytes) → whether its tag holds; then its plaintext lies open. What is too short or too long has no tag.
napi_value Open(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.is_right) return nullptr;
  napi_value holds = nullptr;
  napi_get_boolean(env, call.is_sound() && call.aead->Open(call.datagram, call.bytes, call.header_bytes), &holds);
  return holds;
}

// False with an exception pending.
bool AddFunction(napi_env env, napi_value object, const char* name, napi_callback call, const Aead& aead) {
  std::unique_ptr<Aead> held(new (std::nothrow) Aead(aead));
  napi_value function = nullptr;
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<Aead> unreachable(static_cast<Aead*>(data));
  };
  if (held == nullptr || napi_create_function(env, name, NAPI_AUTO_LENGTH, call, held.get(), &function) != napi_ok ||
      napi_add_finalizer(env, function, held.get(), finalize, nullptr, nullptr) != napi_ok) {
    Failed(env);
    return false;
  }
  held.release();
  return napi_set_named_property(env, object, name, function) == napi_ok;
}

// (key) → cipher
napi_value NewCipher(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  uint8_t* key = nullptr;
  size_t key_bytes = 0;
  if (!ReadBytes(env, arguments.at[0], "key: a Buffer", &key, &key_bytes)) return nullptr;
  if (key_bytes != DatagramAead::kKeyBytes) return OutOfRange(env, "key: of 32 bytes");
  const Aead aead(new (std::nothrow) DatagramAead);
  napi_value object = nullptr;
  if (aead == nullptr || !aead->SetKey(key) || napi_create_object(env, &object) != napi_ok) return Failed(env);
  const bool is_whole = AddFunction(env, object, "seal", Seal, aead) && AddFunction(env, object, "open", Open, aead);
  return is_whole ? object : nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor method = {"newCipher", nullptr, NewCipher, nullptr, nullptr, nullptr, napi_enumerable,
                                           nullptr};
  napi_define_properties(env, exports, 1, &method);
  return exports;
}

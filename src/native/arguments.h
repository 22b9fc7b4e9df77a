// What JavaScript calls with, checked. A wrong argument throws a TypeError or RangeError, and its reader answers false.
#pragma once

#include <node_api.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

constexpr size_t kMaxArguments = 4;

inline napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

inline napi_value Number(napi_env env, int64_t number) {
  napi_value value = nullptr;
  napi_create_int64(env, number, &value);
  return value;
}

inline napi_value WrongType(napi_env env, const char* text) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
  return nullptr;
}

inline napi_value OutOfRange(napi_env env, const char* text) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", text);
  return nullptr;
}

inline bool IsType(napi_env env, napi_value value, napi_valuetype type) {
  napi_valuetype actual;
  return napi_typeof(env, value, &actual) == napi_ok && actual == type;
}

struct Arguments {
  napi_value at[kMaxArguments];

  // What is not given is undefined.
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = kMaxArguments;
    napi_get_cb_info(env, info, &count, at, nullptr, nullptr);
  }
};

// False with an exception pending, as all that read an argument.
inline bool ReadInteger(napi_env env, napi_value value, double max, const char* text, uint32_t* result) {
  double number = 0;
  if (!IsType(env, value, napi_number) || napi_get_value_double(env, value, &number) != napi_ok) {
    WrongType(env, text);
    return false;
  }
  if (!(number >= 0 && number <= max) || number != std::floor(number)) {
    OutOfRange(env, text);
    return false;
  }
  *result = static_cast<uint32_t>(number);
  return true;
}

inline bool ReadBoolean(napi_env env, napi_value value, const char* text, bool* result) {
  if (IsType(env, value, napi_boolean) && napi_get_value_bool(env, value, result) == napi_ok) return true;
  WrongType(env, text);
  return false;
}

// Bytes of a Uint8Array or a Buffer. A detached one has none, and no memory.
inline bool ReadBytes(napi_env env, napi_value value, const char* text, uint8_t** data, size_t* bytes) {
  bool is_array = false;
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_is_typedarray(env, value, &is_array) == napi_ok && is_array &&
      napi_get_typedarray_info(env, value, &type, bytes, &start, nullptr, nullptr) == napi_ok &&
      type == napi_uint8_array) {
    *data = static_cast<uint8_t*>(start);
    return true;
  }
  WrongType(env, text);
  return false;
}

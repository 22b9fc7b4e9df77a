// The edge between JavaScript and BatchSocket. Every argument is checked here, and nothing of JavaScript runs between the
// check of a buffer and the kernel's use of it. A wrong argument throws a TypeError or RangeError, a socket that cannot be
// opened an Error with the system's code; `send` and `fill` answer a negative errno, since a full queue is no exception.
#include <node_api.h>
#include <uv.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>

#include "batch_socket.h"

namespace {

constexpr napi_type_tag kSocketTag = {0x6964656e74697479, 0x64696f6465756470};
constexpr size_t kMaxArguments = 4;
// IPv6 at its longest has 45 characters, a zone behind it 15.
constexpr size_t kMaxAddressBytes = 64;
constexpr double kMaxBufferBytes = 1 << 30;

struct Watch;

struct Socket {
  BatchSocket batch;
  Watch* watch = nullptr;
};

// What polls the descriptor lives on until libuv has let go of it, also where its socket is gone.
struct Watch {
  uv_poll_t poll;
  napi_env env;
  Socket* socket;
  napi_ref callback = nullptr;
  napi_async_cleanup_hook_handle hook = nullptr;
};

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Number(napi_env env, int64_t number) {
  napi_value value = nullptr;
  napi_create_int64(env, number, &value);
  return value;
}

napi_value WrongType(napi_env env, const char* text) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
  return nullptr;
}

napi_value OutOfRange(napi_env env, const char* text) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", text);
  return nullptr;
}

napi_value Failed(napi_env env, int error) {
  napi_throw_error(env, uv_err_name(error), uv_strerror(error));
  return nullptr;
}

bool IsType(napi_env env, napi_value value, napi_valuetype type) {
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
bool ReadInteger(napi_env env, napi_value value, double max, const char* text, uint32_t* result) {
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

bool ReadBoolean(napi_env env, napi_value value, const char* text, bool* result) {
  if (IsType(env, value, napi_boolean) && napi_get_value_bool(env, value, result) == napi_ok) return true;
  WrongType(env, text);
  return false;
}

Socket* ReadSocket(napi_env env, napi_value value) {
  bool is_socket = false;
  void* data = nullptr;
  if (IsType(env, value, napi_object) && napi_check_object_type_tag(env, value, &kSocketTag, &is_socket) == napi_ok &&
      is_socket && napi_unwrap(env, value, &data) == napi_ok) {
    return static_cast<Socket*>(data);
  }
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending) return nullptr;
  WrongType(env, "socket: one that bind or connect gave");
  return nullptr;
}

Socket* ReadOpenSocket(napi_env env, napi_value value) {
  Socket* socket = ReadSocket(env, value);
  if (socket == nullptr || socket->batch.is_open()) return socket;
  Failed(env, UV_EBADF);
  return nullptr;
}

// Bytes of a Uint8Array or a Buffer. A detached one has none, and no memory.
bool ReadBytes(napi_env env, napi_value value, const char* text, uint8_t** data, size_t* bytes) {
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

bool ReadAddress(napi_env env, napi_value address, napi_value port, sockaddr_storage* result, socklen_t* bytes) {
  static const char* const text = "address: a numeric IPv4 or IPv6 address";
  char name[kMaxAddressBytes + 1];
  size_t length = 0;
  uint32_t port_number = 0;
  if (!IsType(env, address, napi_string)) {
    WrongType(env, text);
    return false;
  }
  if (napi_get_value_string_utf8(env, address, nullptr, 0, &length) != napi_ok || length > kMaxAddressBytes) {
    OutOfRange(env, text);
    return false;
  }
  napi_get_value_string_utf8(env, address, name, sizeof name, &length);
  if (!ReadInteger(env, port, 65'535, "port: an integer from 0 to 65535", &port_number)) return false;
  const int number = static_cast<int>(port_number);
  *result = {};
  if (std::strlen(name) == length) {
    if (uv_ip4_addr(name, number, reinterpret_cast<sockaddr_in*>(result)) == 0) {
      *bytes = sizeof(sockaddr_in);
      return true;
    }
    if (uv_ip6_addr(name, number, reinterpret_cast<sockaddr_in6*>(result)) == 0) {
      *bytes = sizeof(sockaddr_in6);
      return true;
    }
  }
  OutOfRange(env, text);
  return false;
}

void EndWatch(Watch* watch) {
  watch->socket->watch = nullptr;
  watch->socket = nullptr;
  if (watch->callback != nullptr) napi_delete_reference(watch->env, watch->callback);
  uv_poll_stop(&watch->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<Watch> ended(static_cast<Watch*>(handle->data));
    napi_remove_async_cleanup_hook(ended->hook);
  });
}

void CloseSocket(Socket* socket) {
  if (socket->watch != nullptr) EndWatch(socket->watch);
  // Allowed once the poll was stopped (libuv, uv_poll_t).
  socket->batch.Close();
}

void OnReady(uv_poll_t* poll, int status, int) {
  const auto* watch = static_cast<Watch*>(poll->data);
  const napi_env env = watch->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback = nullptr;
  napi_value receiver = nullptr;
  napi_value argument = Number(env, status);
  if (napi_get_reference_value(env, watch->callback, &callback) == napi_ok && callback != nullptr &&
      napi_get_global(env, &receiver) == napi_ok) {
    // The watch may be gone after it.
    napi_make_callback(env, nullptr, receiver, callback, 1, &argument, nullptr);
  }
  bool is_pending = false;
  napi_value error = nullptr;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

napi_value NewSocket(napi_env env, std::unique_ptr<Socket> socket) {
  napi_value object = nullptr;
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<Socket> unreachable(static_cast<Socket*>(data));
    CloseSocket(unreachable.get());
  };
  if (napi_create_object(env, &object) != napi_ok ||
      napi_wrap(env, object, socket.get(), finalize, nullptr, nullptr) != napi_ok) {
    return Failed(env, UV_ENOMEM);
  }
  socket.release();
  napi_type_tag_object(env, object, &kSocketTag);
  return object;
}

// (address, port, receiveBufferBytes, coalesced) → socket
napi_value Bind(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  sockaddr_storage address;
  socklen_t address_bytes = 0;
  uint32_t buffer_bytes = 0;
  bool coalesced = false;
  if (!ReadAddress(env, arguments.at[0], arguments.at[1], &address, &address_bytes) ||
      !ReadInteger(env, arguments.at[2], kMaxBufferBytes, "receiveBufferBytes: an integer up to 2^30", &buffer_bytes) ||
      !ReadBoolean(env, arguments.at[3], "coalesced: true or false", &coalesced)) {
    return nullptr;
  }
  std::unique_ptr<Socket> socket(new (std::nothrow) Socket);
  if (socket == nullptr) return Failed(env, UV_ENOMEM);
  const int failed = socket->batch.Bind(reinterpret_cast<sockaddr*>(&address), address_bytes,
                                        static_cast<int>(buffer_bytes), coalesced);
  return failed != 0 ? Failed(env, failed) : NewSocket(env, std::move(socket));
}

// (address, port, sendBufferBytes) → socket
napi_value Connect(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  sockaddr_storage address;
  socklen_t address_bytes = 0;
  uint32_t buffer_bytes = 0;
  if (!ReadAddress(env, arguments.at[0], arguments.at[1], &address, &address_bytes) ||
      !ReadInteger(env, arguments.at[2], kMaxBufferBytes, "sendBufferBytes: an integer up to 2^30", &buffer_bytes)) {
    return nullptr;
  }
  std::unique_ptr<Socket> socket(new (std::nothrow) Socket);
  if (socket == nullptr) return Failed(env, UV_ENOMEM);
  const int failed = socket->batch.Connect(reinterpret_cast<sockaddr*>(&address), address_bytes,
                                           static_cast<int>(buffer_bytes));
  return failed != 0 ? Failed(env, failed) : NewSocket(env, std::move(socket));
}

// (socket, datagrams, segmented) → how many of them, from the first on, the kernel took, or a negative errno
napi_value Send(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const napi_value list = arguments.at[1];
  Socket* socket = ReadSocket(env, arguments.at[0]);
  if (socket == nullptr) return nullptr;
  bool is_array = false;
  uint32_t length = 0;
  if (napi_is_array(env, list, &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env, list, &length) != napi_ok) {
    return WrongType(env, "datagrams: an array of Buffers");
  }
  bool segmented = false;
  if (!ReadBoolean(env, arguments.at[2], "segmented: true or false", &segmented)) return nullptr;
  const size_t count = length < BatchSocket::kMaxBatch ? length : BatchSocket::kMaxBatch;
  napi_value values[BatchSocket::kMaxBatch];
  // An element may be a getter that runs anything: so all are read before the memory of any is looked at.
  for (size_t at = 0; at < count; at++) {
    if (napi_get_element(env, list, static_cast<uint32_t>(at), &values[at]) != napi_ok) return nullptr;
  }
  Datagram datagrams[BatchSocket::kMaxBatch];
  for (size_t at = 0; at < count; at++) {
    uint8_t* data = nullptr;
    size_t bytes = 0;
    if (!ReadBytes(env, values[at], "datagrams: an array of Buffers", &data, &bytes)) return nullptr;
    if (bytes > BatchSocket::kMaxDatagramBytes) return OutOfRange(env, "datagrams: of 65,535 bytes at most");
    datagrams[at] = {data, bytes};
  }
  return Number(env, socket->batch.Send(datagrams, count, segmented));
}

// (socket) → how many datagrams wait for `take`, or a negative errno
napi_value Fill(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Socket* socket = ReadSocket(env, arguments.at[0]);
  return socket == nullptr ? nullptr : Number(env, socket->batch.Fill());
}

// (socket, into, offset, lengths) → how many datagrams were copied to `into`, one behind the other from `offset` on
napi_value Take(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Socket* socket = ReadSocket(env, arguments.at[0]);
  if (socket == nullptr) return nullptr;
  uint8_t* into = nullptr;
  size_t into_bytes = 0;
  if (!ReadBytes(env, arguments.at[1], "into: a Buffer", &into, &into_bytes)) return nullptr;
  uint32_t offset = 0;
  // A Buffer may be larger than what an offset of 32 bits reaches; what lies behind is not used.
  const double max_offset = into_bytes < UINT32_MAX ? static_cast<double>(into_bytes) : UINT32_MAX;
  if (!ReadInteger(env, arguments.at[2], max_offset, "offset: an index of into", &offset)) return nullptr;
  bool is_array = false;
  napi_typedarray_type type;
  size_t max_count = 0;
  void* lengths = nullptr;
  if (napi_is_typedarray(env, arguments.at[3], &is_array) != napi_ok || !is_array ||
      napi_get_typedarray_info(env, arguments.at[3], &type, &max_count, &lengths, nullptr, nullptr) != napi_ok ||
      type != napi_uint32_array) {
    return WrongType(env, "lengths: a Uint32Array");
  }
  uint8_t* start = into_bytes == 0 ? nullptr : into + offset;
  const size_t count = socket->batch.Take(start, into_bytes - offset, static_cast<uint32_t*>(lengths), max_count);
  return Number(env, static_cast<int64_t>(count));
}

// (socket, events, callback): calls back each time the socket is readable (1) or writable (2), with 0, or with libuv's error
// after which it no longer watches. No events: it ends.
napi_value WatchSocket(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Socket* socket = ReadOpenSocket(env, arguments.at[0]);
  if (socket == nullptr) return nullptr;
  uint32_t events = 0;
  if (!ReadInteger(env, arguments.at[1], UV_READABLE | UV_WRITABLE, "events: 0 to 3", &events)) return nullptr;
  if (!IsType(env, arguments.at[2], napi_function)) return WrongType(env, "callback: a function");
  if (socket->watch == nullptr) {
    uv_loop_t* loop = nullptr;
    std::unique_ptr<Watch> watch(new (std::nothrow) Watch);
    if (watch == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) return Failed(env, UV_ENOMEM);
    watch->env = env;
    watch->socket = socket;
    watch->poll.data = watch.get();
    if (const int failed = uv_poll_init(loop, &watch->poll, socket->batch.fd()); failed != 0) return Failed(env, failed);
    socket->watch = watch.release();
    // Where the thread ends with the socket open.
    const auto on_exit = [](napi_async_cleanup_hook_handle, void* data) {
      Socket* open = static_cast<Watch*>(data)->socket;
      // Otherwise it is closing already, and takes the hook away once that is done.
      if (open != nullptr) CloseSocket(open);
    };
    napi_add_async_cleanup_hook(env, on_exit, socket->watch, &socket->watch->hook);
  }
  Watch* watch = socket->watch;
  if (watch->callback != nullptr) napi_delete_reference(env, watch->callback);
  watch->callback = nullptr;
  if (napi_create_reference(env, arguments.at[2], 1, &watch->callback) != napi_ok) return Failed(env, UV_ENOMEM);
  const int failed = events == 0 ? uv_poll_stop(&watch->poll)
                                 : uv_poll_start(&watch->poll, static_cast<int>(events), OnReady);
  return failed != 0 ? Failed(env, failed) : Undefined(env);
}

napi_value Port(napi_env env, napi_callback_info info) {
  Socket* socket = ReadOpenSocket(env, Arguments(env, info).at[0]);
  return socket == nullptr ? nullptr : Number(env, socket->batch.Port());
}

napi_value ReceiveBufferBytes(napi_env env, napi_callback_info info) {
  Socket* socket = ReadOpenSocket(env, Arguments(env, info).at[0]);
  return socket == nullptr ? nullptr : Number(env, socket->batch.BufferBytes(SO_RCVBUF));
}

napi_value SendBufferBytes(napi_env env, napi_callback_info info) {
  Socket* socket = ReadOpenSocket(env, Arguments(env, info).at[0]);
  return socket == nullptr ? nullptr : Number(env, socket->batch.BufferBytes(SO_SNDBUF));
}

// (socket) → datagrams lost at this socket; undefined where the kernel does not tell
napi_value Drops(napi_env env, napi_callback_info info) {
  Socket* socket = ReadOpenSocket(env, Arguments(env, info).at[0]);
  if (socket == nullptr) return nullptr;
  const int64_t drops = socket->batch.Drops();
  return drops < 0 ? Undefined(env) : Number(env, drops);
}

// (socket): again changes nothing.
napi_value Close(napi_env env, napi_callback_info info) {
  Socket* socket = ReadSocket(env, Arguments(env, info).at[0]);
  if (socket == nullptr) return nullptr;
  CloseSocket(socket);
  return Undefined(env);
}

napi_value Boolean(napi_env env, bool truth) {
  napi_value value = nullptr;
  napi_get_boolean(env, truth, &value);
  return value;
}

napi_value CanSegment(napi_env env, napi_callback_info) { return Boolean(env, BatchSocket::CanSegment()); }

napi_value CanCoalesce(napi_env env, napi_callback_info) { return Boolean(env, BatchSocket::CanCoalesce()); }

}  // namespace

NAPI_MODULE_INIT() {
  const auto method = [](const char* name, napi_callback call) {
    return napi_property_descriptor{name, nullptr, call, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
  };
  const napi_property_descriptor methods[] = {
      method("canSegment", CanSegment),
      method("canCoalesce", CanCoalesce),
      method("bind", Bind),
      method("connect", Connect),
      method("send", Send),
      method("fill", Fill),
      method("take", Take),
      method("watch", WatchSocket),
      method("port", Port),
      method("receiveBufferBytes", ReceiveBufferBytes),
      method("sendBufferBytes", SendBufferBytes),
      method("drops", Drops),
      method("close", Close),
  };
  napi_define_properties(env, exports, sizeof methods / sizeof methods[0], methods);
  return exports;
}

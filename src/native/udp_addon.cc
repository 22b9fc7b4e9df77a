// The edge between JavaScript and BatchSocket. Every argument is checked here, and nothing of JavaScript runs between the
// check of a buffer and the kernel's use of it. A wrong argument throws a TypeError or RangeError, a socket that cannot be
// opened an Error with the system's code; `send` and `read` answer a negative errno, since a full queue is no exception.
#include <node_api.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "arguments.h"
#include "batch_socket.h"
#include "queue_drops.h"

namespace {

constexpr napi_type_tag kSocketTag = {0x6964656e74697479, 0x64696f6465756470};
constexpr napi_type_tag kTimerTag = {0x6964656e74697479, 0x64696f646574696d};
// IPv6 at its longest has 45 characters, a zone behind it 15.
constexpr size_t kMaxAddressBytes = 64;
constexpr double kMaxBufferBytes = 1 << 30;
constexpr double kMaxDelayMs = 3'600'000;

struct Watch;

// What has a descriptor that can be watched.
struct Pollable {
  Watch* watch = nullptr;

  virtual ~Pollable() = default;
  virtual int fd() const = 0;
  // Whether JavaScript is to hear that it is ready.
  virtual bool HandleReady() { return true; }
  virtual void CloseDescriptor() = 0;
};

struct Socket : Pollable {
  BatchSocket batch;

  int fd() const override { return batch.fd(); }
  void CloseDescriptor() override { batch.Close(); }
};

// Node's timers count in milliseconds; this one in what the kernel's high-resolution timers can.
struct Timer : Pollable {
  int descriptor = -1;

  ~Timer() override { CloseDescriptor(); }
  int fd() const override { return descriptor; }
  // Nothing to read: it was set anew meanwhile.
  bool HandleReady() override {
    uint64_t expirations = 0;
    return read(descriptor, &expirations, sizeof expirations) == sizeof expirations;
  }
  void CloseDescriptor() override {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
  }
};

// What polls the descriptor lives on until libuv has let go of it, also where its owner is gone.
struct Watch {
  uv_poll_t poll;
  napi_env env;
  Pollable* owner;
  napi_ref callback = nullptr;
  napi_async_cleanup_hook_handle hook = nullptr;
};

napi_value Failed(napi_env env, int error) {
  napi_throw_error(env, uv_err_name(error), uv_strerror(error));
  return nullptr;
}

// What an object of that tag wraps.
Pollable* ReadPollable(napi_env env, napi_value value, const napi_type_tag& tag, const char* text) {
  bool is_tagged = false;
  void* data = nullptr;
  if (IsType(env, value, napi_object) && napi_check_object_type_tag(env, value, &tag, &is_tagged) == napi_ok &&
      is_tagged && napi_unwrap(env, value, &data) == napi_ok) {
    return static_cast<Pollable*>(data);
  }
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending) return nullptr;
  WrongType(env, text);
  return nullptr;
}

Socket* ReadSocket(napi_env env, napi_value value) {
  return static_cast<Socket*>(ReadPollable(env, value, kSocketTag, "socket: one that bind or connect gave"));
}

Timer* ReadTimer(napi_env env, napi_value value) {
  return static_cast<Timer*>(ReadPollable(env, value, kTimerTag, "timer: one that timer gave"));
}

Socket* ReadOpenSocket(napi_env env, napi_value value) {
  Socket* socket = ReadSocket(env, value);
  if (socket == nullptr || socket->batch.is_open()) return socket;
  Failed(env, UV_EBADF);
  return nullptr;
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
  watch->owner->watch = nullptr;
  watch->owner = nullptr;
  if (watch->callback != nullptr) napi_delete_reference(watch->env, watch->callback);
  uv_poll_stop(&watch->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<Watch> ended(static_cast<Watch*>(handle->data));
    if (ended->hook != nullptr) napi_remove_async_cleanup_hook(ended->hook);
  });
}

void Close(Pollable* pollable) {
  if (pollable->watch != nullptr) EndWatch(pollable->watch);
  // Allowed once the poll was stopped (libuv, uv_poll_t).
  pollable->CloseDescriptor();
}

void OnReady(uv_poll_t* poll, int status, int) {
  const auto* watch = static_cast<Watch*>(poll->data);
  const napi_env env = watch->env;
  if (!watch->owner->HandleReady()) return;
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

napi_value NewObject(napi_env env, std::unique_ptr<Pollable> pollable, const napi_type_tag& tag) {
  napi_value object = nullptr;
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<Pollable> unreachable(static_cast<Pollable*>(data));
    Close(unreachable.get());
  };
  if (napi_create_object(env, &object) != napi_ok ||
      napi_wrap(env, object, pollable.get(), finalize, nullptr, nullptr) != napi_ok) {
    Close(pollable.get());
    return Failed(env, UV_ENOMEM);
  }
  pollable.release();
  napi_type_tag_object(env, object, &tag);
  return object;
}

// A negative error of libuv's where it cannot be watched.
int BeginWatch(napi_env env, Pollable* owner) {
  uv_loop_t* loop = nullptr;
  std::unique_ptr<Watch> watch(new (std::nothrow) Watch);
  if (watch == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) return UV_ENOMEM;
  watch->env = env;
  watch->owner = owner;
  watch->poll.data = watch.get();
  if (const int failed = uv_poll_init(loop, &watch->poll, owner->fd()); failed != 0) return failed;
  owner->watch = watch.release();
  // Where the thread ends with it open.
  const auto on_exit = [](napi_async_cleanup_hook_handle, void* data) {
    Pollable* open = static_cast<Watch*>(data)->owner;
    // Otherwise it is closing already, and takes the hook away once that is done.
    if (open != nullptr) Close(open);
  };
  if (napi_add_async_cleanup_hook(env, on_exit, owner->watch, &owner->watch->hook) == napi_ok) return 0;
  owner->watch->hook = nullptr;
  EndWatch(owner->watch);
  return UV_ENOMEM;
}

// `callback` hears from now on of these events; of none, nothing.
int SetCallback(napi_env env, Watch* watch, uint32_t events, napi_value callback) {
  if (watch->callback != nullptr) napi_delete_reference(env, watch->callback);
  watch->callback = nullptr;
  if (napi_create_reference(env, callback, 1, &watch->callback) != napi_ok) return UV_ENOMEM;
  return events == 0 ? uv_poll_stop(&watch->poll) : uv_poll_start(&watch->poll, static_cast<int>(events), OnReady);
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
  return failed != 0 ? Failed(env, failed) : NewObject(env, std::move(socket), kSocketTag);
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
  return failed != 0 ? Failed(env, failed) : NewObject(env, std::move(socket), kSocketTag);
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

// (socket, into) → how many datagrams wait for `places`, or a negative errno; where none waited, they were read into `into`
napi_value Read(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Socket* socket = ReadSocket(env, arguments.at[0]);
  if (socket == nullptr) return nullptr;
  uint8_t* into = nullptr;
  size_t into_bytes = 0;
  if (!ReadBytes(env, arguments.at[1], "into: a Buffer", &into, &into_bytes)) return nullptr;
  if (into_bytes < BatchSocket::kSlotBytes) return OutOfRange(env, "into: 65,536 bytes for each message");
  return Number(env, socket->batch.Read(into, into_bytes));
}

bool ReadUint32s(napi_env env, napi_value value, const char* text, uint32_t** data, size_t* count) {
  bool is_array = false;
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_is_typedarray(env, value, &is_array) == napi_ok && is_array &&
      napi_get_typedarray_info(env, value, &type, count, &start, nullptr, nullptr) == napi_ok &&
      type == napi_uint32_array) {
    *data = static_cast<uint32_t*>(start);
    return true;
  }
  WrongType(env, text);
  return false;
}

// (socket, starts, lengths) → how many datagrams; where each lies in what `read` was given
napi_value Places(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  Socket* socket = ReadSocket(env, arguments.at[0]);
  if (socket == nullptr) return nullptr;
  uint32_t* starts = nullptr;
  uint32_t* lengths = nullptr;
  size_t starts_count = 0;
  size_t lengths_count = 0;
  if (!ReadUint32s(env, arguments.at[1], "starts: a Uint32Array", &starts, &starts_count) ||
      !ReadUint32s(env, arguments.at[2], "lengths: a Uint32Array", &lengths, &lengths_count)) {
    return nullptr;
  }
  const size_t max_count = starts_count < lengths_count ? starts_count : lengths_count;
  return Number(env, static_cast<int64_t>(socket->batch.Places(starts, lengths, max_count)));
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
    if (const int failed = BeginWatch(env, socket); failed != 0) return Failed(env, failed);
  }
  const int failed = SetCallback(env, socket->watch, events, arguments.at[2]);
  return failed != 0 ? Failed(env, failed) : Undefined(env);
}

// (callback) → timer: calls back each time it is due
napi_value MakeTimer(napi_env env, napi_callback_info info) {
  const napi_value callback = Arguments(env, info).at[0];
  if (!IsType(env, callback, napi_function)) return WrongType(env, "callback: a function");
  std::unique_ptr<Timer> timer(new (std::nothrow) Timer);
  if (timer == nullptr) return Failed(env, UV_ENOMEM);
  timer->descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer->descriptor < 0) return Failed(env, -errno);
  if (const int failed = BeginWatch(env, timer.get()); failed != 0) return Failed(env, failed);
  if (const int failed = SetCallback(env, timer->watch, UV_READABLE, callback); failed != 0) {
    Close(timer.get());
    return Failed(env, failed);
  }
  return NewObject(env, std::move(timer), kTimerTag);
}

// (timer, delayMs): due once, so long from now, and not when it was due before; 0: as soon as can be
napi_value SetTimer(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const Timer* timer = ReadTimer(env, arguments.at[0]);
  if (timer == nullptr) return nullptr;
  double delay_ms = 0;
  if (!IsType(env, arguments.at[1], napi_number) || napi_get_value_double(env, arguments.at[1], &delay_ms) != napi_ok) {
    return WrongType(env, "delayMs: a number");
  }
  if (!(delay_ms >= 0 && delay_ms <= kMaxDelayMs)) return OutOfRange(env, "delayMs: from 0 to an hour");
  if (timer->fd() < 0) return Failed(env, UV_EBADF);
  // A time of 0 would mean never.
  const auto delay_ns = static_cast<int64_t>(delay_ms * 1e6) + 1;
  itimerspec when = {};
  when.it_value.tv_sec = static_cast<time_t>(delay_ns / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(delay_ns % 1'000'000'000);
  return timerfd_settime(timer->fd(), 0, &when, nullptr) != 0 ? Failed(env, -errno) : Undefined(env);
}

// (timer): it calls back no more; again changes nothing.
napi_value EndTimer(napi_env env, napi_callback_info info) {
  Timer* timer = ReadTimer(env, Arguments(env, info).at[0]);
  if (timer == nullptr) return nullptr;
  Close(timer);
  return Undefined(env);
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

// (interfaceIndex) → packets that the interface's queue dropped; undefined where the kernel does not tell
napi_value DropsOfQueue(napi_env env, napi_callback_info info) {
  uint32_t index = 0;
  if (!ReadInteger(env, Arguments(env, info).at[0], INT32_MAX, "interfaceIndex: an integer", &index)) return nullptr;
  const int64_t drops = QueueDrops(static_cast<int>(index));
  return drops < 0 ? Undefined(env) : Number(env, drops);
}

// (socket): again changes nothing.
napi_value CloseSocket(napi_env env, napi_callback_info info) {
  Socket* socket = ReadSocket(env, Arguments(env, info).at[0]);
  if (socket == nullptr) return nullptr;
  Close(socket);
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
      method("read", Read),
      method("places", Places),
      method("watch", WatchSocket),
      method("port", Port),
      method("receiveBufferBytes", ReceiveBufferBytes),
      method("sendBufferBytes", SendBufferBytes),
      method("drops", Drops),
      method("queueDrops", DropsOfQueue),
      method("close", CloseSocket),
      method("timer", MakeTimer),
      method("setTimer", SetTimer),
      method("endTimer", EndTimer),
  };
  napi_define_properties(env, exports, sizeof methods / sizeof methods[0], methods);
  return exports;
}

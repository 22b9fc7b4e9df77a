// A UDP socket whose datagrams pass the kernel in batches: sendmmsg with UDP_SEGMENT, recvmmsg with UDP_GRO. It knows nothing
// of JavaScript. Functions that can fail return a negative errno.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

struct Datagram {
  const uint8_t* data;
  size_t bytes;
};

class BatchSocket {
 public:
  // Datagrams of one Send; what lies behind is left to the next one.
  static constexpr size_t kMaxBatch = 256;
  // A datagram of IP has 65,535 bytes with its headers.
  static constexpr size_t kMaxDatagramBytes = 65'535;
  // Of a message of one datagram or of many.
  static constexpr size_t kSlotBytes = kMaxDatagramBytes + 1;

  BatchSocket() = default;
  BatchSocket(const BatchSocket&) = delete;
  BatchSocket& operator=(const BatchSocket&) = delete;
  ~BatchSocket() { Close(); }

  // Whether the kernel cuts one message into datagrams of a size (UDP_SEGMENT, Linux 4.18), and joins them (UDP_GRO, 5.0).
  static bool CanSegment();
  static bool CanCoalesce();

  int Bind(const sockaddr* address, socklen_t address_bytes, int receive_bytes, bool coalesced);
  int Connect(const sockaddr* address, socklen_t address_bytes, int send_bytes);

  // How many of the datagrams the kernel took, from the first on; where none, why.
  int Send(const Datagram* datagrams, size_t count, bool segmented);

  // Reads a batch, a message into each kSlotBytes of `into`, where none waits; tells how many datagrams wait for Places.
  int Read(uint8_t* into, size_t into_bytes);
  // Where they lie in what Read was given, oldest first.
  size_t Places(uint32_t* starts, uint32_t* lengths, size_t max_count);

  // Lost at this socket since it was opened; negative where the kernel does not tell.
  int64_t Drops() const;
  int Port() const;
  // SO_RCVBUF or SO_SNDBUF as the kernel counts it.
  int BufferBytes(int option) const;

  void Close();
  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  struct Received {
    size_t bytes;
    // Of each datagram but the last; 0 where the message is one.
    size_t segment_bytes;
  };

  // 64 messages as they come, or 8 that the kernel joined from up to 64 each.
  static constexpr size_t kMaxSlots = 64;
  static constexpr size_t kCoalescedSlots = 8;

  int Open(int family);
  Received ReadControl(const mmsghdr& message);

  int fd_ = -1;
  int64_t overflow_ = -1;
  size_t slots_ = 0;
  Received received_[kMaxSlots] = {};
  // What Places goes on with: `waiting_` datagrams from `offset_` of message `at_` on.
  size_t at_ = 0;
  size_t offset_ = 0;
  int waiting_ = 0;
};

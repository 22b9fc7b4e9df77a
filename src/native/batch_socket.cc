#include "batch_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

// Of <linux/udp.h>, <asm/socket.h> and <linux/sock_diag.h>, which may be older than the kernel that runs.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

namespace {

constexpr size_t kMeminfoDrops = 8;
constexpr size_t kMeminfoValues = 16;

// UDP_MAX_SEGMENTS of the kernels that have fewest.
constexpr size_t kMaxSegments = 64;
// 65,535 less the headers of IPv6 and UDP, which are longer than IPv4's.
constexpr size_t kMaxMessageBytes = 65'487;

constexpr size_t kSendControlBytes = CMSG_SPACE(sizeof(uint16_t));
// The segments' size, and SO_RXQ_OVFL's count.
constexpr size_t kReceiveControlBytes = CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint32_t));

bool TakesOption(int option, int value) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool taken = setsockopt(fd, IPPROTO_UDP, option, &value, sizeof value) == 0;
  close(fd);
  return taken;
}

// How many datagrams make one message: all of one size, but for a shorter one at the end.
size_t RunLength(const Datagram* datagrams, size_t count) {
  const size_t segment_bytes = datagrams[0].bytes;
  if (segment_bytes == 0) return 1;
  size_t total_bytes = segment_bytes;
  size_t length = 1;
  while (length < std::min(count, kMaxSegments)) {
    const size_t next_bytes = datagrams[length].bytes;
    if (next_bytes == 0 || next_bytes > segment_bytes || total_bytes + next_bytes > kMaxMessageBytes) break;
    total_bytes += next_bytes;
    length++;
    if (next_bytes < segment_bytes) break;
  }
  return length;
}

}  // namespace

bool BatchSocket::CanSegment() { return TakesOption(UDP_SEGMENT, 1'400); }

bool BatchSocket::CanCoalesce() { return TakesOption(UDP_GRO, 1); }

int BatchSocket::Open(int family) {
  fd_ = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd_ < 0 ? -errno : 0;
}

int BatchSocket::Bind(const sockaddr* address, socklen_t address_bytes, int receive_bytes, bool coalesced) {
  if (const int failed = Open(address->sa_family); failed != 0) return failed;
  const int on = 1;
  const auto set = [this](int level, int option, int value) {
    return setsockopt(fd_, level, option, &value, sizeof value);
  };
  // A receiver on :: must not answer for IPv4 too, where another one may listen.
  if (address->sa_family == AF_INET6 && set(IPPROTO_IPV6, IPV6_V6ONLY, on) != 0) return -errno;
  if (coalesced && set(IPPROTO_UDP, UDP_GRO, on) != 0) return -errno;
  // Only what Drops falls back on: a kernel or sandbox without it still receives.
  if (set(SOL_SOCKET, SO_RXQ_OVFL, on) == 0) overflow_ = 0;
  if (set(SOL_SOCKET, SO_RCVBUF, receive_bytes) != 0) return -errno;
  if (bind(fd_, address, address_bytes) != 0) return -errno;
  slots_ = coalesced ? kCoalescedSlots : kMaxSlots;
  return 0;
}

int BatchSocket::Connect(const sockaddr* address, socklen_t address_bytes, int send_bytes) {
  if (const int failed = Open(address->sa_family); failed != 0) return failed;
  // The kernel keeps the least it can of what comes back, which nobody reads.
  const int least = 1;
  if (setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) != 0) return -errno;
  if (setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) != 0) return -errno;
  return connect(fd_, address, address_bytes) != 0 ? -errno : 0;
}

int BatchSocket::Send(const Datagram* datagrams, size_t count, bool segmented) {
  if (!is_open()) return -EBADF;
  count = std::min(count, kMaxBatch);
  mmsghdr messages[kMaxBatch];
  iovec pieces[kMaxBatch];
  size_t runs[kMaxBatch];
  alignas(cmsghdr) uint8_t controls[kMaxBatch][kSendControlBytes];
  size_t used = 0;
  for (size_t at = 0; at < count; used++) {
    const size_t run = segmented ? RunLength(datagrams + at, count - at) : 1;
    for (size_t step = at; step < at + run; step++) {
      pieces[step] = {const_cast<uint8_t*>(datagrams[step].data), datagrams[step].bytes};
    }
    msghdr& header = messages[used].msg_hdr;
    header = {};
    header.msg_iov = &pieces[at];
    header.msg_iovlen = run;
    if (run > 1) {
      header.msg_control = controls[used];
      header.msg_controllen = kSendControlBytes;
      std::memset(controls[used], 0, kSendControlBytes);
      cmsghdr* control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = IPPROTO_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      const uint16_t segment_bytes = static_cast<uint16_t>(datagrams[at].bytes);
      std::memcpy(CMSG_DATA(control), &segment_bytes, sizeof segment_bytes);
    }
    runs[used] = run;
    at += run;
  }
  if (used == 0) return 0;
  const int sent = sendmmsg(fd_, messages, static_cast<unsigned>(used), MSG_DONTWAIT);
  if (sent < 0) return -errno;
  size_t taken = 0;
  for (int at = 0; at < sent; at++) taken += runs[at];
  return static_cast<int>(taken);
}

int BatchSocket::Read(uint8_t* into, size_t into_bytes) {
  if (!is_open()) return -EBADF;
  // A connected socket reads nothing.
  if (slots_ == 0) return -EINVAL;
  if (waiting_ > 0) return waiting_;
  const size_t slots = std::min(slots_, into_bytes / kSlotBytes);
  mmsghdr messages[kMaxSlots];
  iovec pieces[kMaxSlots];
  alignas(cmsghdr) uint8_t controls[kMaxSlots][kReceiveControlBytes];
  for (size_t slot = 0; slot < slots; slot++) {
    pieces[slot] = {into + slot * kSlotBytes, kSlotBytes};
    msghdr& header = messages[slot].msg_hdr;
    header = {};
    header.msg_iov = &pieces[slot];
    header.msg_iovlen = 1;
    header.msg_control = controls[slot];
    header.msg_controllen = kReceiveControlBytes;
  }
  const int count = recvmmsg(fd_, messages, static_cast<unsigned>(slots), MSG_DONTWAIT, nullptr);
  if (count < 0) return -errno;
  at_ = 0;
  offset_ = 0;
  for (int slot = 0; slot < count; slot++) {
    const Received received = ReadControl(messages[slot]);
    received_[slot] = received;
    const auto [bytes, segment_bytes] = received;
    waiting_ += segment_bytes == 0 ? 1 : static_cast<int>((bytes + segment_bytes - 1) / segment_bytes);
  }
  return waiting_;
}

BatchSocket::Received BatchSocket::ReadControl(const mmsghdr& message) {
  Received received = {message.msg_len, 0};
  msghdr header = message.msg_hdr;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
      int segment_bytes = 0;
      std::memcpy(&segment_bytes, CMSG_DATA(control), sizeof segment_bytes);
      if (segment_bytes > 0 && static_cast<size_t>(segment_bytes) < received.bytes) {
        received.segment_bytes = static_cast<size_t>(segment_bytes);
      }
    }
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
      uint32_t dropped = 0;
      std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
      overflow_ = dropped;
    }
  }
  return received;
}

size_t BatchSocket::Places(uint32_t* starts, uint32_t* lengths, size_t max_count) {
  size_t count = 0;
  for (; waiting_ > 0 && count < max_count; count++, waiting_--) {
    const auto [bytes, segment_bytes] = received_[at_];
    const size_t left_bytes = bytes - offset_;
    const size_t length = segment_bytes == 0 ? left_bytes : std::min(segment_bytes, left_bytes);
    starts[count] = static_cast<uint32_t>(at_ * kSlotBytes + offset_);
    lengths[count] = static_cast<uint32_t>(length);
    offset_ += length;
    if (offset_ == bytes) {
      at_++;
      offset_ = 0;
    }
  }
  return count;
}

int64_t BatchSocket::Drops() const {
  uint32_t values[kMeminfoValues] = {};
  socklen_t bytes = sizeof values;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, values, &bytes) == 0 && bytes > kMeminfoDrops * sizeof values[0]) {
    return values[kMeminfoDrops];
  }
  // As of the last datagram that came.
  return overflow_;
}

int BatchSocket::Port() const {
  sockaddr_storage address = {};
  socklen_t bytes = sizeof address;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) return -errno;
  const in_port_t port = address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                                       : reinterpret_cast<sockaddr_in*>(&address)->sin_port;
  return ntohs(port);
}

int BatchSocket::BufferBytes(int option) const {
  int value = 0;
  socklen_t bytes = sizeof value;
  return getsockopt(fd_, SOL_SOCKET, option, &value, &bytes) == 0 ? value : -errno;
}

void BatchSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  waiting_ = 0;
  slots_ = 0;
}

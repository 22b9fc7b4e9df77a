// One question of rtnetlink(7), RTM_GETQDISC. The kernel answers with those of all interfaces, batch by batch, each batch made
// while the one before is read: so nothing is waited for, and what lies ready is all that there is.
#include "queue_drops.h"

#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace {

// The kernel makes batches of 32 KiB at most (netlink_dump).
constexpr size_t kBatchBytes = 32'768;
constexpr int kMaxBatches = 1'000;
constexpr int64_t kGoOn = -1;

struct Descriptor {
  int fd;

  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

// The attribute of that type among `bytes` of them; null where there is none.
const rtattr* Find(const rtattr* attribute, size_t bytes, int type) {
  auto left = static_cast<int>(bytes);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if ((attribute->rta_type & NLA_TYPE_MASK) == type) return attribute;
  }
  return nullptr;
}

// Of one answer: kGoOn where it is of another queue.
int64_t ReadDrops(const nlmsghdr* header, int interface_index) {
  if (header->nlmsg_type != RTM_NEWQDISC || header->nlmsg_len < NLMSG_LENGTH(sizeof(tcmsg))) return kGoOn;
  const auto* message = static_cast<const tcmsg*>(NLMSG_DATA(header));
  // The root counts what its children drop, too.
  if (message->tcm_ifindex != interface_index || message->tcm_parent != TC_H_ROOT) return kGoOn;
  const rtattr* all = Find(TCA_RTA(message), TCA_PAYLOAD(header), TCA_STATS2);
  if (all == nullptr) return -ENODATA;
  const rtattr* queue = Find(static_cast<const rtattr*>(RTA_DATA(all)), RTA_PAYLOAD(all), TCA_STATS_QUEUE);
  if (queue == nullptr || RTA_PAYLOAD(queue) < sizeof(gnet_stats_queue)) return -ENODATA;
  gnet_stats_queue counts;
  std::memcpy(&counts, RTA_DATA(queue), sizeof counts);
  return counts.drops;
}

}  // namespace

int64_t QueueDrops(int interface_index) {
  const Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (socket.fd < 0) return -errno;
  struct {
    nlmsghdr header;
    tcmsg message;
  } question = {};
  question.header.nlmsg_len = NLMSG_LENGTH(sizeof(tcmsg));
  question.header.nlmsg_type = RTM_GETQDISC;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  if (sendto(socket.fd, &question, question.header.nlmsg_len, 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) <
      0) {
    return -errno;
  }
  alignas(nlmsghdr) char batch[kBatchBytes];
  for (int at = 0; at < kMaxBatches; at++) {
    const ssize_t bytes = recv(socket.fd, batch, sizeof batch, 0);
    if (bytes < 0) return -errno;
    auto left = static_cast<unsigned int>(bytes);
    for (auto* header = reinterpret_cast<const nlmsghdr*>(batch); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      // Where an interface went away between two batches the kernel may skip another: not shown is not none.
      if (header->nlmsg_type == NLMSG_DONE) return -ENODEV;
      if (header->nlmsg_type == NLMSG_ERROR) return -EIO;
      const int64_t drops = ReadDrops(header, interface_index);
      if (drops != kGoOn) return drops;
      // A last message that is not padded would let the macro count below nothing.
      if (NLMSG_ALIGN(header->nlmsg_len) >= left) break;
    }
  }
  return -EMSGSIZE;
}

// What the queue of a network interface dropped of what is sent, as `tc -s qdisc` shows it. It knows nothing of JavaScript.
#pragma once

#include <cstdint>

// Packets since its queueing discipline was set up, those of all its parts together; 0 where the interface has no queue, a
// negative errno where the kernel does not tell. Needs no privilege. The interface is one of this network namespace.
int64_t QueueDrops(int interface_index);

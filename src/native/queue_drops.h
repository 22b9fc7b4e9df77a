// What the queue of a network interface dropped of what is sent, as `tc -s qdisc` shows it. It knows nothing of JavaScript.
#pragma once

#include <cstdint>

// Packets since its queueing discipline was set up, those of all its parts together; a negative errno where the kernel does not
// tell, or shows no such interface. Needs no privilege. The interface is one of this network namespace.
int64_t QueueDrops(int interface_index);

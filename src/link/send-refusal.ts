/**
 * What a kernel says that takes no datagram for now, whichever it is: no route or no address to send from (an interface that is
 * down), a route or firewall that forbids. Nothing left, so nothing counts as sent: the sender waits, as for a serial adapter.
 */
import { constants } from 'node:os';

const { EACCES, EADDRNOTAVAIL, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENODEV, EPERM } = constants.errno;

const AWAY: readonly number[] = [EACCES, EADDRNOTAVAIL, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENODEV, EPERM];

/** `errno`: a positive one. */
export function isAwayError(errno: number): boolean {
  return AWAY.includes(errno);
}

/** The isolated side of a UDP link, over IPv4 or IPv6. It binds and listens, and never sends. */
import type { UdpReceiveConfig } from '../config/receiver-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openBatchedReceiveLink } from './batched-receive-link.ts';
import { openDgramReceiveLink } from './dgram-receive-link.ts';
import type { ReceiveLink } from './link.ts';
import { chooseBatching } from './udp-batching.ts';

export interface UdpReceiveLink extends ReceiveLink {
  /** The one that is bound, also where the config says 0. */
  readonly port: number;
  /** What the kernel granted. Linux reports twice the figure, its own book-keeping included (socket(7)). */
  readonly receiveBufferBytes: number;
  /** Whether net.core.rmem_max kept the buffer smaller than the config asks. */
  readonly isBufferCapped: boolean;
}

/**
 * Bound and listening. Throws DiodeError `link-port-in-use`, and `link-address` where the address is not one of this
 * machine's or the port is privileged.
 */
export async function openUdpReceiveLink(config: UdpReceiveConfig): Promise<UdpReceiveLink> {
  const { status, addon } = chooseBatching(config.batching, 'receive');
  try {
    return addon === undefined
      ? await openDgramReceiveLink(config, status)
      : openBatchedReceiveLink(addon, config, status);
  } catch (error) {
    throw bindError(error as NodeJS.ErrnoException, config);
  }
}

function bindError(error: NodeJS.ErrnoException, { address, port }: UdpReceiveConfig): unknown {
  const place = `UDP port ${port} on ${address}`;
  const options = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new DiodeError(
        'link-port-in-use',
        `${place} is taken by another program.`,
        `Stop it (ss -lunp 'sport = :${port}' names it), or set another link.port here and on the sender.`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return new DiodeError(
        'link-address',
        `${address} is no address of this machine.`,
        'Set link.address to one that `ip address` shows, with its zone for a link-local one.',
        options,
      );
    case 'EACCES':
      return new DiodeError(
        'link-address',
        `${place} may not be used by this user.`,
        'Set link.port to 1024 or above, here and on the sender.',
        options,
      );
    default:
      return error;
  }
}

/** What waits in a UDP socket of this machine, and what it dropped, from the kernel's table (proc_net_udp(5)). Pure. */

export interface SocketQueue {
  /** With the kernel's own memory for each datagram, as SO_RCVBUF counts it. */
  readonly queuedBytes: number;
  readonly drops: number;
}

/** Undefined where no IPv4 socket has the port. */
export function socketQueue(table: string, port: number): SocketQueue | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    // sl, local_address, rem_address, st, tx_queue:rx_queue, … drops
    if (columns[1]?.endsWith(suffix)) {
      return { queuedBytes: Number.parseInt(columns[4]?.split(':')[1] ?? '0', 16), drops: Number(columns.at(-1)) };
    }
  }
  return undefined;
}

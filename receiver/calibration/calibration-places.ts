/** Where the probes of a step were lost, from what was counted on their way. Pure. */

/** So far, from the beginning of the system; undefined where it cannot be told. */
export interface LinkCounters {
  readonly interfaces: ReadonlyMap<string, { readonly packets: number; readonly lost: number }>;
  /** Through which of them the link comes. */
  readonly interfaceName: string | undefined;
  /** Of all cores, whichever interface the packets came through. */
  readonly backlog: number | undefined;
  readonly socket: number | undefined;
  /** Of a serial line: what stood between delimiters and was no datagram. */
  readonly line: number | undefined;
}

/** Together they are what is missing. */
export interface LossPlaces {
  /** Never reached this machine: sender, cable, diode. */
  readonly before: number;
  readonly interface: number;
  /** Of a core of this machine, which was full. */
  readonly backlog: number;
  /** Arrived at the interface, and not at the socket: a firewall, a filter, a wrong checksum. */
  readonly between: number;
  readonly socket: number;
  /** Arrived spoiled, on a serial line. */
  readonly line: number;
  /** `before` or `between`, where the interface's count tells nothing. */
  readonly elsewhere: number;
}

export const NOWHERE: LossPlaces = {
  before: 0,
  interface: 0,
  backlog: 0,
  between: 0,
  socket: 0,
  line: 0,
  elsewhere: 0,
};

export interface LostProbes {
  readonly received: number;
  readonly lost: number;
  /** They came through the same interface. */
  readonly marks: number;
  /** The kernel counts joined messages, of up to 64 datagrams, as one. */
  readonly isJoined: boolean;
}

export function placeLosses(
  { received, lost, marks, isJoined }: LostProbes,
  before: LinkCounters,
  after: LinkCounters,
): LossPlaces {
  const at = ({ interfaces }: LinkCounters) => interfaces.get(after.interfaceName ?? '');
  const gained = (of: (counters: LinkCounters) => number | undefined) => {
    const [from, to] = [of(before), of(after)];
    return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  };
  let left = lost;
  const take = (most: number | undefined) => {
    const taken = Math.min(left, most ?? 0);
    left -= taken;
    return taken;
  };
  const line = take(gained((counters) => counters.line));
  // rx_dropped of the interface holds what found the backlog full (enqueue_to_backlog), so it counts there but once.
  const lostThere = gained((counters) => at(counters)?.lost);
  const inBacklog = take(Math.min(gained((counters) => counters.backlog) ?? 0, lostThere ?? 0));
  const atInterface = take((lostThere ?? 0) - inBacklog);
  const atSocket = take(gained((counters) => counters.socket));
  const packets = gained((counters) => at(counters)?.packets);
  // A joined message that the socket had no room for counts once: what is missing behind the interface was in such ones.
  const isSocket = isJoined && atSocket > 0;
  // Fewer packets than datagrams: the interface joins them, and its count says nothing.
  if (packets === undefined || packets < received) {
    const joined = isSocket ? take(left) : 0;
    return { ...NOWHERE, interface: atInterface, backlog: inBacklog, socket: atSocket + joined, line, elsewhere: left };
  }
  const behind = take(Math.max(0, packets - received - marks - atSocket - inBacklog));
  const [between, more] = isSocket ? [0, behind] : [behind, 0];
  const socket = atSocket + more;
  return { before: left, interface: atInterface, backlog: inBacklog, between, socket, line, elsewhere: 0 };
}

export function addPlaces(a: LossPlaces, b: LossPlaces): LossPlaces {
  return {
    before: a.before + b.before,
    interface: a.interface + b.interface,
    backlog: a.backlog + b.backlog,
    between: a.between + b.between,
    socket: a.socket + b.socket,
    line: a.line + b.line,
    elsewhere: a.elsewhere + b.elsewhere,
  };
}

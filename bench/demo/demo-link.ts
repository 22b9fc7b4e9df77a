/** What the demo's datagrams travel over, and spoils some of them on the way. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { DiodePair, SerialPlaces, Setting } from '../support/diode-pair.ts';
import { freePort } from '../support/free-port.ts';
import { missingForSerial, SerialLine } from '../support/serial-line.ts';
import { type Courier, startCourier } from './courier.ts';
import type { DemoOptions } from './demo-options.ts';

export interface DemoLink {
  /** Where the sender sends to, and for a serial line both ends. */
  readonly target: string | SerialPlaces | 'media';
  readonly senderSettings: readonly Setting[];
  readonly receiverSettings: readonly Setting[];
  /** What is being used, in a sentence. */
  readonly about: string;
  /** Nothing new for this long, and the demo judges what it has; 15 s where it says nothing. */
  readonly quietMs?: number;
  /** Both programs run: what carries frames by itself begins. */
  begin?(pair: DiodePair): void;
  /** How much was spoiled so far, of how much. */
  spoiled(): Promise<{ readonly part: number; readonly whole: number }>;
  /** What the link did, for the end. */
  summary(): Promise<string>;
  stop(): Promise<void>;
}

interface RelayCounts {
  readonly received: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** Bytes that a burst of noise spoils, on average, and of a datagram on the line. */
const BURST_BYTES = 20;
const RUN_BYTES = 239;

export function openDemoLink(options: DemoOptions, directory: string): Promise<DemoLink> {
  if (options.link === 'media') return openMedia(directory);
  return options.link === 'serial' ? openSerial(options, directory) : openUdp(options);
}

async function openUdp({ loss, seed, rateBitsPerSecond }: DemoOptions): Promise<DemoLink> {
  const toPort = await freePort();
  const path = fileURLToPath(new URL('./relay.js', import.meta.url));
  const child = fork(path, ['--to', String(toPort), '--loss', String(loss), '--seed', String(seed)]);
  const answer = <T>() => new Promise<T>((resolve) => child.once('message', (text) => resolve(text as T)));
  const { port } = await answer<{ port: number }>();
  const counts = async (): Promise<RelayCounts> => {
    const answered = answer<{ counts: RelayCounts }>();
    child.send('counts');
    return (await answered).counts;
  };
  return {
    target: `127.0.0.1:${port}`,
    senderSettings: [[['link', 'rateBitsPerSecond'], rateBitsPerSecond]],
    receiverSettings: [
      [['link', 'address'], '127.0.0.1'],
      [['link', 'port'], toPort],
    ],
    about: 'Link: UDP on the loopback, through a relay that drops, doubles and swaps datagrams.',
    async spoiled() {
      const { dropped, received } = await counts();
      return { part: dropped, whole: received };
    },
    async summary() {
      const { received, dropped, duplicated, reordered } = await counts();
      const lost = percent(dropped, received);
      return `relay: ${received} datagrams, ${dropped} dropped (${lost}), ${duplicated} duplicated, ${reordered} reordered`;
    },
    async stop() {
      child.disconnect();
    },
  };
}

async function openSerial({ loss, seed, baud }: DemoOptions, directory: string): Promise<DemoLink> {
  const missing = missingForSerial();
  if (missing !== undefined) {
    throw new DiodeError(
      'usage',
      `The demo cannot play a serial line here: ${missing}.`,
      'Run it without --link serial.',
    );
  }
  const line = await SerialLine.start({ directory, baud });
  // A burst spoils the datagram that it falls into, so one in `1 / loss`.
  if (loss > 0) line.noise = { seed, everyBytes: Math.round(RUN_BYTES / loss), burstBytes: BURST_BYTES };
  const { counts } = line;
  const spoiled = () => counts.dropped + counts.flipped + counts.inserted;
  return {
    target: { ...line.devices, baud },
    senderSettings: [],
    receiverSettings: [],
    about: `Link: a serial line of ${baud} baud, played: two pseudo-terminals of socat's, and a relay in this process that passes one byte every ${(10_000_000 / baud).toFixed(1)} µs, one way, and spoils some.`,
    spoiled: async () => ({ part: spoiled(), whole: counts.taken }),
    async summary() {
      const { taken, bursts, dropped, flipped, inserted, returned } = counts;
      return `line: ${taken} bytes, ${bursts} bursts of noise: ${dropped} bytes dropped, ${flipped} changed, ${inserted} inserted; ${returned} bytes came back`;
    },
    stop: () => line.close(),
  };
}

async function openMedia(directory: string): Promise<DemoLink> {
  let courier: Courier | undefined;
  return {
    target: 'media',
    // Two commands a bundle, each a program that starts: on a busy machine half a minute.
    quietMs: 90_000,
    senderSettings: [],
    receiverSettings: [],
    about: 'Link: none. A courier carries three sticks at a time, of which one is lost on the way.',
    begin(pair) {
      courier = startCourier(pair, directory, (text) => console.log(text));
    },
    spoiled: async () => ({ part: courier?.counts.lostSticks ?? 0, whole: 3 * (courier?.counts.bundles ?? 0) }),
    async summary() {
      await courier?.stop();
      const { bundles, frames, lostSticks } = courier?.counts ?? { bundles: 0, frames: 0, lostSticks: 0 };
      return `media: ${bundles} bundles with ${frames} frames, each on three sticks, of which ${lostSticks} were lost`;
    },
    stop: async () => courier?.stop(),
  };
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '0%' : `${((100 * part) / whole).toFixed(1)}%`;
}

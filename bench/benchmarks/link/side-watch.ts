/** The process of `link` beside a program, in its namespace: what the interface carries, and what the program says of itself. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readStatus } from '../../support/diode-pair.ts';
import { answerRequests } from '../../support/helper-process.ts';
import type { WireSample } from './wire-pace.ts';

const LOOK_MS = 10;

const handlers = {
  /** As JSON has it; undefined while nobody answers. */
  status({ opsPort }: { readonly opsPort: number }): Promise<unknown> {
    return readStatus(opsPort);
  },

  /** What left through the interface so far. */
  async wire({ device }: { readonly device: string }): Promise<WireSample> {
    return look(device);
  },

  /** What leaves from now on, until so many bytes did; in vain until `timeoutMs`. The program is not asked. */
  async watchWire(to: { readonly device: string; readonly bytes: number; readonly timeoutMs: number }) {
    const first = look(to.device);
    const samples: WireSample[] = [first];
    for (let last = first; last.bytes < first.bytes + to.bytes && last.atMs < first.atMs + to.timeoutMs; ) {
      await delay(LOOK_MS);
      last = look(to.device);
      samples.push(last);
    }
    return samples;
  },
};

export type SideWatch = typeof handlers;

function look(device: string): WireSample {
  const read = (name: string) => Number(readFileSync(`/sys/class/net/${device}/statistics/${name}`, 'latin1'));
  const [bytes, packets, dropped] = [read('tx_bytes'), read('tx_packets'), read('tx_dropped')];
  return { atMs: performance.now(), bytes, packets, dropped };
}

answerRequests(handlers);

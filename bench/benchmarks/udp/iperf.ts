/** iperf3's UDP as the limit beside ours. It needs answers, so it has a rig of its own that lets them back. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type Figure, figure, type Measurement, spreadOf } from '../../support/figure.ts';
import type { Namespace } from '../../support/namespace.ts';
import { createOneWayRig, oneWayAddresses } from '../../support/one-way-rig.ts';

const PORT = 5_201;
const MAX_ATTEMPTS = 100;
const ATTEMPT_MS = 100;

export const IPERF_MISSING = 'iperf3 (apt-get install iperf3)';

export function hasIperf(): boolean {
  return spawnSync('iperf3', ['--version'], { stdio: 'ignore' }).status === 0;
}

interface IperfReport {
  readonly end: { readonly sum: { readonly packets: number; readonly lost_packets: number; readonly seconds: number } };
}

/** Its output says so too late, since it is buffered. */
async function listening(side: Namespace): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if ((await side.exec(['ss', '-Hltn', `sport = :${PORT}`])) !== '') return;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
  }
  throw new Error('iperf3 does not listen');
}

/** Behind the others and not in turns with them, so its median is the limit of each run. Its datagrams are `cut`. */
export function besideIperf(own: Measurement, samples: readonly number[]): Figure {
  const { median } = spreadOf(samples);
  return figure({
    ...own,
    name: `${own.name}.beside-iperf3`,
    limit: { what: 'median of iperf3', samples: own.samples.map(() => median) },
  });
}

/** Datagrams received a second, for each of the runs; it sends as fast as it can, and loses what is too much. */
export async function measureIperf(options: {
  readonly mtuBytes: number;
  readonly datagramBytes: number;
  readonly seconds: number;
  readonly runCount: number;
}): Promise<readonly number[]> {
  const { mtuBytes, datagramBytes, seconds, runCount } = options;
  const rig = await createOneWayRig({ lossFraction: 0, mtuBytes, isTwoWay: true });
  try {
    const samples: number[] = [];
    for (let run = 0; run < runCount; run++) {
      const server = rig.receiver.spawn(['iperf3', '-s', '-1'], { stdio: 'ignore' });
      const ended = once(server, 'exit');
      await listening(rig.receiver);
      // Whole seconds: it takes 0.1 for 0, which is for ever.
      const time = String(Math.max(1, Math.round(seconds)));
      const args = ['-u', '-b', '0', '-l', String(datagramBytes), '-t', time, '-J'];
      const text = await rig.sender.exec(['iperf3', '-c', oneWayAddresses.receiver.ipv4, ...args]);
      const { packets, lost_packets, seconds: took } = (JSON.parse(text) as IperfReport).end.sum;
      samples.push((packets - lost_packets) / took);
      await ended;
    }
    return samples;
  } finally {
    await rig.destroy();
  }
}

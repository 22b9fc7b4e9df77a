/** A real sender with many subjects, started anew for each issuer that is to serve them all. */
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { changeConfig, readStatus, setUpPair, startProgram } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { processUsage } from '../../support/process-usage.ts';
import { GROUPS, writePeople } from './people.ts';

export interface IssuingRun {
  readonly perSecond: number;
  /** Of the whole process, user and system. */
  readonly cpuMicroseconds: number;
  readonly faults: readonly string[];
}

export interface IssuingSite {
  /** Starts the sender with this issuer, waits until every subject has a token of it, and stops. */
  issue(options: {
    readonly algorithm: string;
    readonly keyPath: string;
    readonly issuer: string;
  }): Promise<IssuingRun>;
  close(): Promise<void>;
}

interface Status {
  readonly source?: { readonly lines: { readonly delivered: number } };
  readonly issuer?: { readonly issued: number; readonly live: number; readonly due: number; readonly dropped: number };
  readonly journal?: { readonly unsentFrames: number };
}

const TIMEOUT_MS = 900_000;
const LOOK_EVERY_MS = 250;

export async function openIssuingSite(options: {
  readonly directory: string;
  readonly subjects: number;
  readonly lifetimeSeconds: number;
  readonly say: (text: string) => void;
}): Promise<IssuingSite> {
  const { directory, subjects, lifetimeSeconds, say } = options;
  const sink = createSocket('udp4');
  await new Promise<void>((resolve) => sink.bind(0, '127.0.0.1', resolve));
  const opsPort = await freePort();
  const sourcePath = join(directory, 'people.jsonl');
  writePeople(sourcePath, subjects);
  const { senderDirectory } = await setUpPair({
    directory,
    boundary: 'bench-issuer',
    stream: 'hr',
    target: `127.0.0.1:${sink.address().port}`,
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'rateBitsPerSecond'], 1_000_000_000],
      [
        ['link', 'repeatAfterMs'],
        [1_000, 10_000],
      ],
      [['ops', 'port'], opsPort],
    ],
    receiverSettings: [],
  });
  const start = () =>
    startProgram({ side: 'sender', directory: senderDirectory, logPath: join(directory, 'sender.log') });
  say(`${subjects} subjects are journaled`);
  const provisioning = start();
  const lines = subjects + GROUPS;
  await until(opsPort, ({ source, journal }) => source?.lines.delivered === lines && journal?.unsentFrames === 0);
  await provisioning.stop();
  return {
    async issue({ algorithm, keyPath, issuer }) {
      const key = { kind: 'file', path: keyPath };
      const audiences = ['https://api.example'];
      changeConfig(senderDirectory, [
        [['issuer'], { issuer, algorithm, key, audiences, lifetimeSeconds, maxTokensPerSecond: 10_000 }],
      ]);
      const sender = start();
      try {
        const first = await until(opsPort, ({ issuer: status }) => (status?.issued ?? 0) >= subjects / 20);
        const [fromMs, from] = [performance.now(), processUsage(sender.process.pid as number)];
        const last = await until(opsPort, ({ issuer: status }) => (status?.issued ?? 0) >= subjects);
        const [toMs, to] = [performance.now(), processUsage(sender.process.pid as number)];
        const tokens = (last.issuer?.issued ?? 0) - (first.issuer?.issued ?? 0);
        const dropped = last.issuer?.dropped ?? 0;
        return {
          perSecond: (tokens * 1_000) / (toMs - fromMs),
          cpuMicroseconds: ((to.cpuSeconds - from.cpuSeconds) * 1e6) / tokens,
          faults: dropped === 0 ? [] : [`${issuer}: ${dropped} tokens of subjects that nobody changed were dropped`],
        };
      } finally {
        await sender.stop();
      }
    },
    close: async () => void sink.close(),
  };
}

async function until(opsPort: number, isReached: (status: Status) => boolean): Promise<Status> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const status = await readStatus<Status>(opsPort);
    if (status !== undefined && isReached(status)) return status;
    if (performance.now() > deadlineMs) throw new Error(`the sender says ${JSON.stringify(status)}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** A real sender whose datagrams are counted by a socket of ours; no receiver, since nothing depends on one. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readStatus, setUpPair, startProgram } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { countFrames, type DatagramCounter, type FrameCount, openDatagramCounter } from './datagram-counter.ts';
import { readSentFrames, type SentFrame } from './sent-frames.ts';

/** The first repeat at its default, and no other, so that the run ends. */
const REPEAT_AFTER_MS = 1_000;
const TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 50;

export interface SenderRunOptions {
  readonly directory: string;
  readonly lines: readonly string[];
  /** One line a frame: each is appended when the one before is journaled. */
  readonly isOneByOne: boolean;
}

export interface SenderRun {
  /** By sequence. */
  readonly counts: ReadonlyMap<number, FrameCount>;
  readonly frames: ReadonlyMap<number, SentFrame>;
  readonly hellos: number;
  readonly faults: readonly string[];
}

interface SenderNumbers {
  readonly source?: { readonly lines: { readonly delivered: number; readonly refused: number } };
  readonly frames?: { readonly journaled: number; readonly sent: number; readonly repeated: number };
  readonly datagrams?: Readonly<Record<'source' | 'repair' | 'repeat' | 'hello', number>>;
}

export async function runSender({ directory, lines, isOneByOne }: SenderRunOptions): Promise<SenderRun> {
  mkdirSync(directory);
  const counter = await openDatagramCounter();
  const opsPort = await freePort();
  const sourcePath = join(directory, 'identities.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    directory,
    boundary: 'bench-wire',
    stream: 'hr',
    target: `127.0.0.1:${counter.port}`,
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'repeatAfterMs'], [REPEAT_AFTER_MS]],
      [['ops', 'port'], opsPort],
    ],
    receiverSettings: [],
  });
  const sender = startProgram({
    side: 'sender',
    directory: pair.senderDirectory,
    logPath: join(directory, 'sender.log'),
  });
  let status: SenderNumbers;
  try {
    for (const batch of isOneByOne ? lines.map((line) => [line]) : [lines]) {
      const delivered = isOneByOne ? lines.indexOf(batch[0] as string) + 1 : lines.length;
      appendFileSync(sourcePath, `${batch.join('\n')}\n`);
      await until(opsPort, ({ source }) => (source?.lines.delivered ?? 0) >= delivered);
    }
    status = await until(opsPort, ({ frames }) => frames !== undefined && frames.repeated >= frames.journaled);
  } finally {
    await sender.stop();
    counter.close();
  }
  const counts = countFrames(counter.counted, REPEAT_AFTER_MS / 2);
  return {
    counts,
    frames: readSentFrames(pair.senderDirectory),
    hellos: counter.counted.filter(({ sequence }) => sequence === undefined).length,
    faults: differences(counts, counter, status, lines.length),
  };
}

/** What the socket saw against what the sender says it sent: where they differ, the count is worth nothing. */
function differences(
  counts: ReadonlyMap<number, FrameCount>,
  counter: DatagramCounter,
  { datagrams, source }: SenderNumbers,
  lineCount: number,
): string[] {
  const faults: string[] = [];
  const seen = { firstPass: 0, repeats: 0 };
  for (const { firstPass, repeats } of counts.values()) {
    seen.firstPass += firstPass.datagrams;
    seen.repeats += repeats.datagrams;
  }
  const sent = { firstPass: (datagrams?.source ?? 0) + (datagrams?.repair ?? 0), repeats: datagrams?.repeat ?? 0 };
  if (sent.firstPass !== seen.firstPass || sent.repeats !== seen.repeats) {
    faults.push(
      `the sender says ${sent.firstPass} datagrams and ${sent.repeats} of repeats, ` +
        `the socket saw ${seen.firstPass} and ${seen.repeats} of ${counter.counted.length}`,
    );
  }
  if (source?.lines.delivered !== lineCount || source.lines.refused > 0) {
    faults.push(`${source?.lines.delivered} of ${lineCount} lines were delivered, ${source?.lines.refused} refused`);
  }
  return faults;
}

async function until(opsPort: number, isReached: (status: SenderNumbers) => boolean): Promise<SenderNumbers> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const status = (await readStatus(opsPort)) as SenderNumbers | undefined;
    if (status !== undefined && isReached(status)) return status;
    if (performance.now() > deadlineMs)
      throw new Error(`after ${TIMEOUT_MS} ms the sender says ${JSON.stringify(status)}`);
    await delay(LOOK_EVERY_MS);
  }
}

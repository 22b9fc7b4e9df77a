/** The pair of `link.programs`: its sender has a journal full of frames, made once, none of which counts as sent before a step. */
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SenderStatus } from '../../../sender/ops/sender-observer.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { canonicalJson } from '../../../src/identity/canonical-json.ts';
import { OperatorPause } from '../../../src/store/operator-pause.ts';
import { type DiodePair, type Side, setUpPair, startProgram } from '../../support/diode-pair.ts';
import { userId } from '../../workload/sized-users.ts';
import type { ProgramSite } from './program-site.ts';

export interface Backlog {
  /** The receiver has heard of the sender, and of none of its frames: each step takes a copy of its directory. */
  readonly pair: DiodePair;
  readonly frames: number;
  readonly frameBytes: number;
}

/** Of a User's JSON: more of them take longer to journal, fewer are no batch. */
const RESOURCE_BYTES = 8_192;
/** What the sender keeps of each: 64 MB at most. */
const SUBJECTS = 8_192;
const LINES_AT_ONCE = 1_024;
/** More than any sender does. */
const FILL_BITS_PER_SECOND = 10_000_000_000;
/** 4 MB a second: slow is no fault, but a journal gets full. */
const MAX_MS_PER_RECORD = 2;
/** A sender's first epoch, and the mark of frames sent for the first time. */
const FIRST = { epoch: 1, pass: 1 } as const;

/** Nobody listens meanwhile: a sender with many unsent frames rests from reading, so they leave, for nobody. */
export async function fillBacklog(
  { prefix, target, settings, until }: ProgramSite,
  { directory, bytes, seed }: { readonly directory: string; readonly bytes: number; readonly seed: number },
): Promise<Backlog> {
  const sourcePath = join(directory, 'users.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    ...{ directory, boundary: 'bench-programs', stream: 'hr', target },
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'rateBitsPerSecond'], FILL_BITS_PER_SECOND],
      // First passes alone: what is lost stays lost, and all that comes is new to the receiver.
      [['link', 'repeatAfterMs'], []],
      [['snapshot', 'intervalHours'], 0],
      ...settings.sender,
    ],
    receiverSettings: settings.receiver,
  });
  const start = (side: Side, own: string) =>
    startProgram({ side, directory: own, logPath: join(directory, `${side}.log`), prefix: prefix[side] });
  const receiver = start('receiver', pair.receiverDirectory);
  const sender = start('sender', pair.senderDirectory);
  try {
    // One that met frames first would publish nothing before a snapshot.
    await until('receiver', ({ intake }) => intake.session !== undefined);
    await receiver.stop();
    const records = Math.ceil(bytes / RESOURCE_BYTES);
    for (let from = 0; from < records; from += LINES_AT_ONCE) {
      const count = Math.min(LINES_AT_ONCE, records - from);
      appendFileSync(sourcePath, Array.from({ length: count }, (_, index) => line(from + index, seed)).join(''));
      await delay(1);
    }
    const isSent = ({ source, journal }: SenderStatus) =>
      source.lines.delivered === records && source.queuedLines === 0 && journal.unsentFrames === 0;
    const { head, frameBytes } = await until('sender', isSent, records * MAX_MS_PER_RECORD);
    return { pair, frames: head.sequence, frameBytes: frameBytes / head.sequence };
  } finally {
    await receiver.kill();
    await sender.stop();
  }
}

/**
 * The sender is down, and comes up as if it had sent the frames up to `sentThrough` and no others; paused, so that the receiver
 * knows its session before the first of them.
 */
export function prepareSender({ pair }: Backlog, sentThrough: number): void {
  const store = openSenderStore(directoryLayout('diode-sender', pair.senderDirectory).store);
  store
    .prepare('INSERT OR REPLACE INTO pass (epoch, pass, sequence) VALUES (?, ?, ?)')
    .run(FIRST.epoch, FIRST.pass, sentThrough);
  new OperatorPause(store).pause(Date.now(), '');
  store.close();
}

/** Another text for each subject, which zstd makes a quarter shorter, as it does all base64, and no more. */
function line(index: number, seed: number): string {
  const [number, version] = [index % SUBJECTS, Math.floor(index / SUBJECTS)];
  const noise = createHash('shake256', { outputLength: (RESOURCE_BYTES * 3) / 4 }).update(`${seed} ${number}`);
  const resource = canonicalJson({
    id: userId(number, seed),
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    title: noise.digest('base64'),
    userName: String(version),
  });
  return `{"type":"User","op":"put","resource":${resource}}\n`;
}

/** Checkpoints in the order in which they arrive, and what a witness says of each. */
import {
  judgeCheckpoint,
  newestHead,
  unwitnessedRanges,
  type WitnessState,
} from '../../../receiver/witness/log-witness.ts';
import { type CheckpointRecord, decodePayload, encodePayload, encodeRecord } from '../../../src/wire/record.ts';
import { AnnouncedLog, announcedIn } from '../../support/announced-log.ts';
import { hex } from './fixture.ts';

interface Arrival {
  readonly epoch: number;
  readonly sequence: number;
  /** A Record message. */
  readonly record: string;
}

const ORIGIN = new AnnouncedLog().signer.name;

export function checkpointVectors() {
  return {
    about:
      'cases: Checkpoints as they arrive, each a Record message under the revision (epoch, sequence, 0); verdicts in that order (known: superseded; refused: checkpoint-note; rewritten: log-rewritten); behind them the size of the newest witnessed head, and first and last entry of each unwitnessed range.',
    origin: ORIGIN,
    cases: [
      outcome('the log grows', grown([3, 4, 1, 256], [0, 1, 2, 3])),
      outcome('one is missing', grown([10, 20, 30], [0, 2])),
      outcome('the missing one comes late', grown([10, 20, 30], [0, 2, 1])),
      outcome('the first comes last', grown([10, 20, 30], [1, 2, 0])),
      outcome('one comes again', grown([10, 20], [0, 1, 0])),
      outcome('an entry was edited', forged(1)),
      outcome('the same in a higher epoch: a history that begins anew', forged(2)),
      outcome('the log is shorter', shorter(1)),
      outcome('the same in a higher epoch', shorter(2)),
      outcome('another key', otherKey()),
      outcome('a note that its key did not sign', unsigned()),
    ],
  };
}

function arrival(log: AnnouncedLog, epoch: number, sequence: number): Arrival {
  return { epoch, sequence, record: hex(encodeRecord(log.record())) };
}

function grown(counts: readonly number[], order: readonly number[]): readonly Arrival[] {
  const log = new AnnouncedLog();
  const all = counts.map((count, at) => arrival(log.grow(count), 1, at + 1));
  return order.map((at) => all[at] as Arrival);
}

function forged(epoch: number): readonly Arrival[] {
  const log = new AnnouncedLog();
  const first = arrival(log.grow(10), 1, 1);
  const other = log.edited();
  return [first, arrival(other.grow(5), epoch, 2), arrival(other.grow(5), epoch, 3)];
}

function shorter(epoch: number): readonly Arrival[] {
  const log = new AnnouncedLog();
  const first = arrival(log.grow(5), 1, 1);
  const backup = log.copy();
  const second = arrival(log.grow(20), 1, 2);
  return [first, second, arrival(backup.grow(4, 'again'), epoch, 3)];
}

function otherKey(): readonly Arrival[] {
  const other = new AnnouncedLog({ seed: 8 });
  return [arrival(new AnnouncedLog().grow(5), 1, 1), arrival(other.grow(9), 1, 2)];
}

function unsigned(): readonly Arrival[] {
  const log = new AnnouncedLog();
  const first = arrival(log.grow(5), 1, 1);
  const record = { ...log.grow(5).record(), logKey: new AnnouncedLog({ seed: 8 }).signer.publicKey };
  return [first, { epoch: 1, sequence: 2, record: hex(encodeRecord(record)) }];
}

function outcome(name: string, checkpoints: readonly Arrival[]) {
  return { name, checkpoints, ...witness(checkpoints) };
}

/** As our receiver judges them; test/vectors/wire-checkpoint.test.ts holds it to what the file says. */
export function witness(checkpoints: readonly Arrival[]) {
  let state: WitnessState | undefined;
  const verdicts = checkpoints.map(({ epoch, sequence, record }) => {
    const judged = judgeCheckpoint(state, announcedIn(opened(record), { epoch, sequence, index: 0 }), ORIGIN);
    if ('state' in judged) state = judged.state;
    return judged.verdict;
  });
  if (state === undefined) throw new Error('nothing was witnessed');
  return { verdicts, newestSize: newestHead(state).size, unwitnessed: unwitnessedRanges(state) };
}

function opened(record: string): CheckpointRecord {
  const records = decodePayload(encodePayload([Buffer.from(record, 'hex')]), 1);
  if (typeof records === 'string') throw new Error(records);
  return records[0] as CheckpointRecord;
}

/** A receiver's back half over tables of a given size: from a frame's bytes to what is remembered on disk. */
import { admitGroup } from '../../../receiver/publish/admission.ts';
import type { GroupFrame } from '../../../receiver/publish/group-frame.ts';
import { emptyProgress } from '../../../receiver/publish/progress.ts';
import { topicNames } from '../../../receiver/publish/topics.ts';
import { unpackFrame } from '../../../receiver/publish/unpacker.ts';
import { ReceiverStore } from '../../../receiver/receiver-store.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { userKey } from '../../workload/sized-users.ts';
import type { SignedFrames } from '../verify/signed-frames.ts';
import { verifyChain } from '../verify/verified-chain.ts';

const NOW_MS = Date.parse('2026-11-22T08:00:00.000Z');
/** Of one transaction while the table is filled. */
const FILLED_AT_ONCE = 50_000;

export interface RecordIntake {
  /** Frames of records, all newer than what the tables have: verified, unpacked, admitted, remembered. Their values. */
  take(signed: SignedFrames): readonly string[];
  /** Sequence of the frame that said last what the key is; undefined where it is not known. */
  sequenceOf(key: string): number | undefined;
  readonly subjectCount: number;
  close(): void;
}

/**
 * Knows `subjects` users before the first frame, as of epoch 1, where the file does not know them already; the frames that it
 * takes are of a later one.
 */
export function openRecordIntake(
  path: string,
  { subjects, seed }: { readonly subjects: number; readonly seed: number },
): RecordIntake {
  const store = ReceiverStore.open(path, { maxSpoolBytes: 1 });
  if (store.subjects.count === 0) fill(store, subjects, seed);
  const topics = topicNames({ topicPrefix: 'bench.' });
  const identity = compileIdentityRules({ resourceTypes: [{ type: 'User' }], tokenIssuers: [] });
  const tokens = { maxTokenIds: 0, maxRevocations: 0, isKnown: () => false, maxLifetimeMs: () => 0 };
  const rules = { identity, tokens, topics, hasHistory: false };
  let position = 0;
  return {
    take(signed) {
      const verified = verifyChain(signed);
      if (typeof verified === 'string') throw new Error(`the benchmark's own frame is refused: ${verified}`);
      const frames = verified.map(({ header, payload, digest }): GroupFrame => {
        position += 1;
        const content = unpackFrame(header, payload);
        return { position, header, digest: Buffer.from(digest).toString('hex'), receivedAtMs: NOW_MS, content };
      });
      const admission = admitGroup({ frames, verdicts: new Map(), scope: 'all' }, store.memory, rules);
      store.apply(store.progress ?? emptyProgress('bench', 'hr'), position, admission.changes);
      return admission.records.map(({ value }) => String(value));
    },
    sequenceOf: (key) => store.subjects.find(key)?.revision.sequence,
    get subjectCount() {
      return store.subjects.count;
    },
    close: () => store.close(),
  };
}

/** As if they had come in the epoch before, in the order of their keys, which is the fastest to write. */
function fill({ store, subjects: table }: ReceiverStore, subjects: number, seed: number): void {
  for (let from = 0; from < subjects; from += FILLED_AT_ONCE) {
    const count = Math.min(FILLED_AT_ONCE, subjects - from);
    const keys = Array.from({ length: count }, (_, index) => userKey(from + index, seed)).sort();
    const revision = { epoch: 1, sequence: 1, index: 0 };
    store.transaction(() => {
      for (const key of keys) table.put(key, { revision, isDeleted: false });
    })();
  }
}

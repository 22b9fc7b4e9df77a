/** What seeds came to draw, in the order in which they did. */
const DRAWN = ['small', 'trust', 'sender', 'rate', 'memory', 'thread', 'refusal'] as const;
type Drawn = (typeof DRAWN)[number];

/**
 * Every seed that ever failed, with what it showed. A change of a scenario gives seeds another meaning: then what they showed
 * must be shown by a mutant (test/mutants), or by another seed. So it is with the first two: a hello larger than the token
 * bucket, and a frame that a hello told of and nobody waited for, are mutants now. Those marked `small` may draw small bounds
 * (small-bounds.ts), those marked `trust` bundles as well (trust-plan.ts), and those marked `sender` small bounds of the sender too,
 * those marked `rate` a constant rate, those marked `memory` few digests that are remembered, those marked `thread` a thread for the link and
 * all of these, those marked `refusal` also that it refuses what it has no room for; the others are older than these, and draw none.
 */
export const KEPT_SEEDS: readonly (readonly [seed: number, shown: string, drawn?: Drawn])[] = [
  [
    2082,
    'a topic vanished while tables were read back from it after a lost disk: taken for empty, all was published twice',
  ],
  [2826, 'likewise'],
  [
    2336,
    'what waits for a snapshot fills a small spool, and leaves the snapshot no room: an operator has to raise the limit',
  ],
  [
    11520,
    'the run ended while the last repeat that waited was under way, so those behind it were called unsent: the oracle was wrong',
  ],
  [13617, 'likewise, of a frame that a slow link takes long to repeat'],
  [
    15003,
    'a topic vanished between the metadata and the question where it ends: the model of the consumer broke, not the reader',
  ],
  [
    14209,
    'a token came with a snapshot in time; its own frame, healed after it had expired, was refused under the same ce_id',
  ],
  [
    15191,
    'rebuilt tables lack a revocation by subject; said again by a snapshot, it took back another token under its first ce_id',
  ],
  [
    14654,
    'a token that is said again, and whose first mention and revocation come late, takes the slot of a newer one and is taken back: oracle',
  ],
  [173, 'a rebuilt receiver published once more what a new epoch carried over, and Kafka had forgotten was deleted'],
  [
    213,
    'hellos of a sender that lost its disk were stale, since the one before had a clock ahead: operators have to look',
  ],
  [599, 'a copy that ran on was taken for the same history as far as its head, which the receiver had never had'],
  [1094, 'a receiver with an empty disk heard a restored sender first, and published it behind what Kafka had'],
  [1369, 'as 213, of a sender that was set back'],
  [2136, 'a token that was said again as new came with a snapshot under its old revision, which another history had'],
  [2582, 'what a journal has pruned cannot be said again as new: `new-epoch` now asks for the whole export'],
  [2766, 'nobody can tell two histories apart behind a gap, before it heals: the oracle asked for it'],
  [301523, 'frames of two histories have other blocks, so their passes cannot be counted: the oracle was wrong'],
  [310406, 'time did not wait for a sender that an operator started, so a slow machine played another run'],
  [
    301692,
    'of two clones the other one stayed than the one that the alarm told of, and did not say again what it had in its place',
  ],
  [102416, 'a receiver that lost its disk was whole at once, and nothing counted the gaps that it had closed as lost'],
  [
    102685,
    'the tombstone of a revoked token took the place of its successor, which waited for a trusted clock: both have revisions',
  ],
  [15229, 'a revocation out of a sender a day behind was purged before the token came that waited for a trusted clock'],
  [400085, 'a grant was held when a snapshot without its key came, and its release brought back what was deleted'],
  [401633, 'the guard’s hour passes where a clock that was a day behind is set right: the oracle asked otherwise'],
  [402884, 'a new epoch released more at once than a spool holds, which was empty and counted as full for ever'],
  [
    501112,
    'a restored disk had a token as current whose tombstone Kafka had forgotten: a snapshot took it back again, under the same ce_id',
  ],
  [
    503174,
    'a token said again after a rebuild was counted as superseded twice where its frame waited for a trusted clock',
  ],
  [
    601737,
    'the last part of a cycle went in one transaction with frames of the next epoch, and closed gaps of that one, which nobody had healed',
  ],
  [
    602894,
    'a restored sender was heard by an empty receiver before Kafka told of more than its head, and nobody noticed',
  ],
  [
    700159,
    'a full spool waited for a snapshot, and the run was judged before an operator had made room: the oracle was early',
  ],
  [
    711379,
    'a token that went with its User was published again once Kafka had forgotten its tombstone, while the token was still good',
    'trust',
  ],
  [711644, 'likewise', 'trust'],
  [2947, 'frames were turned away in the step that began their epoch: the oracle marked those of the old one', 'small'],
  [2373, 'a token took the place of one that healed late, and expired: the oracle knew revocations alone'],
  [
    910305,
    'a sender that was down when the time of its next key came read the bundle behind its first frames: the model was wrong',
    'trust',
  ],
  [
    900554,
    'a receiver that had lost its disk met the same epoch of another sender before Kafka answered: the oracle took its gap for one of the published epoch, and it was said to publish as soon as its disk had room',
    'rate',
  ],
  [1795, 'at a start the tables made a gap of the link smaller, and the oracle did not hear of it', 'rate'],
  [
    950423,
    'a copy of a sender that was taken in a pause went on in its place, paused, and nobody told it to resume: the operators were wrong',
    'rate',
  ],
  [
    1748,
    'a copy of the sender ran on from a frame that a receiver with a memory of one digest had forgotten, and counted as the same: such memories are drawn no more where copies run',
    'memory',
  ],
  [
    955062,
    'frames that waited for a snapshot filled the spool, so that no frame of the new epoch came in that would have brought it: the operators made room only behind it',
  ],
  [
    967124,
    'a receiver that joined published all frames that it had missed, a new epoch and the first part of a cycle in one transaction: the last part came, and it waited for a whole cycle all the same',
  ],
  [
    967266,
    'recovery took a token for published that the commit had refused, and what was read back from the topic left the table so',
    'trust',
  ],
  [
    966985,
    'a snapshot behind a gap said what a restored sender said, under ids that the sender before it had used: the oracle knew better than a receiver can',
  ],
  [
    968732,
    'both disks were set back, each frame at the fork was lost, and a snapshot closed that gap: Kafka kept what the sender never said',
  ],
  [
    978694,
    'a hello was held up over a restart of its sender, whose clock was set back meanwhile: it looks like that of a copy, and is drawn no more',
  ],
  [980533, 'as 966985'],
  [
    982689,
    'a revocation was taken ahead of its turn, and its frame came in another history: the oracle counted the records of one',
  ],
  [
    985439,
    "the sender's clock was a day behind and set right, and the guard's hour was over: as documented, and the oracle knew it of the receiver's clock alone",
  ],
  [
    959653,
    'a token waited for a trusted clock and its frame went with the disk: the rebuild named it lost, and no count of the progress had it',
  ],
  [988878, 'as 959653'],
  [998167, 'as 966985'],
  [
    971511,
    'what an operator had sent again last waited for a trusted clock, and the run was judged at once: the oracle was early',
  ],
  [
    3151,
    'what waited for a full thread of the link was read from memory that the link had used again: the model was wrong',
    'thread',
  ],
  [
    3183,
    'a gap was opened while its frame was on its way between the two threads, which the oracle took for a loss',
    'thread',
  ],
  [
    3613,
    'datagrams that came before their session, and had to make room, counted as taken once the other thread had heard',
    'thread',
  ],
  [3281, 'as 3151, which shows it no more since hellos have a bound of their own', 'thread'],
  [
    5171,
    'a thread that refuses while one frame waits takes few of those that a ticket brings: it is drawn with room for some',
    'refusal',
  ],
];

/** Those that were kept before seeds drew that: they never do. */
export function keptBefore(draw: Drawn): ReadonlySet<number> {
  const since = DRAWN.slice(DRAWN.indexOf(draw));
  return new Set(
    KEPT_SEEDS.filter(([, , drawn]) => drawn === undefined || !since.includes(drawn)).map(([seed]) => seed),
  );
}

/** By seed: the mutant (test/mutants) that shows the same fault today, whatever a change makes of the seed. */
export const SHOWN_BY_MUTANTS: ReadonlyMap<number, string> = new Map([
  [14209, 'refuse a token as expired that a snapshot published'],
  [15191, 'name a tombstone for its revocation alone'],
  [173, 'publish again what was decided before the tables were lost'],
  [599, 'take a head that never came for a common one'],
  [102685, "give a token's tombstone the revision of its cause"],
  [15229, 'date a revocation by the clock of the sender alone'],
]);

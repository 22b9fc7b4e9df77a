/**
 * The bounds on what comes from outside, and on what is kept of it, with their arithmetic. What reaches a bound is refused or
 * evicted, counted, and said. What a standard fixes, or how much of a text is shown, stands beside its one user.
 * Bounds that both ends must share are part of docs/wire-format.md.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600 * SECOND_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Wire bounds: docs/wire-format.md repeats them, and they change only with the protocol version. */
export const WIRE_LIMITS = {
  /** Symbols are a multiple of this: the FEC kernel works on 64-byte lanes. */
  symbolStepBytes: 64,
  /** A jumbo frame of 9000 less 40 + 8 (IPv6, UDP), 28 header and 16 tag is 8908; the multiple of 64 below. */
  maxSymbolBytes: 8896,
  /** 1500 - 40 - 8 - 28 - 16 = 1408 = 22 × 64: one datagram fills an Ethernet frame over IPv6 exactly. */
  defaultSymbolBytes: 1408,
  /** Datagrams of 236 bytes: noise spoils little with each, and 81% of a datagram is symbol. */
  defaultSerialSymbolBytes: 192,
  /** k + M ≤ 256 in GF(2^8). 192 leaves M = 64, a third, for the largest block. */
  maxSourceSymbols: 192,
  maxSymbolsPerBlock: 256,
  /** The block index is one byte. */
  maxBlocksPerFrame: 255,
  /** Frame bytes are 24 bits in the datagram header; a frame of 4 MiB holds the largest record four times. */
  maxFrameBytes: 4 * MIB,
  /** Header: 15 fields, two names of at most 64 bytes, two digests: below 300 bytes; twice that for later fields. */
  maxFrameHeaderBytes: 640,
  /** The protobuf after decompression. Honest batches reach a ratio of 200, so the bound is absolute and not a ratio. */
  maxBodyBytes: 16 * MIB,
  /** zstd window: 8 MiB (2^23), RFC 8878 §3.1.1.1.2 recommends that decoders support it. */
  maxZstdWindowLog: 23,
  maxRecordsPerFrame: 65_536,
  /** Key + value + headers of one Kafka record, checked against the broker's max.message.bytes (default 1,048,588). */
  maxRecordBytes: 1_000_000,
  /**
   * Headers of one delta's Kafka record, ce_subject apart, which repeats the key: values at their longest 710 bytes
   * (ce_id 109, ce_source 149, ce_type 60, five names and digests 288, times and revision 104), their 12 names 150, and
   * Kafka's framing of 13 headers and the record about 100.
   */
  recordHeaderBytes: 1_024,
  /**
   * A Member key is 7 + 3 × 256 + 1 + 3 × 256 = 1,544 at most, a Jwks key 5 + 3 × 512; a Token key has
   * 3 × (512 + 256 + 256) for issuer, subject and slot, and the rest for audiences.
   */
  maxKeyBytes: 4_096,
  /** Sequences and counters are 48 bits in the datagram header. At a million a second they last nine years. */
  maxSequence: 2 ** 48 - 1,
  /** Where the place of a symbol is hidden, three bits of its sequence hold M: at a million a second that is a year. */
  maxVeiledSequence: 2 ** 45 - 1,
  /** 64-bit fields stay within 2^53 − 1, which every language holds exactly. */
  maxEpoch: 2 ** 53 - 1,
  /** 1500 - 40 - 8. The largest hello: 8 + 8 × 24 slots, 8 × 96 sealed, 66 signature, 400 of the rest of its body. */
  maxHelloBytes: 1_452,
  /** The control object around a hello: 5 bytes of protobuf, and room for a filler of 3 at least, or later fields. */
  maxHelloObjectBytes: 1_472,
  maxReceivers: 8,
  /** Entries of repeat_after_ms, each at most maxIntervalMs; so the largest hello keeps to its bound. */
  maxRepeats: 8,
  /** A day: hello interval and repeats. */
  maxIntervalMs: 86_400_000,
  /** M = 128 beside k = 1. */
  maxRepairPercent: 12_800,
  /** A trust bundle of 768 KiB, and the root statements that lead to it: 768 + 7 × 32 KiB, and 8 bytes of protobuf. */
  maxControlBytes: 1 * MIB,
  maxTrustStatements: 8,
  /** Boundary, stream, resource type names: ASCII, as in topic names. */
  maxNameBytes: 64,
  /** Subject ids; percent-encoding triples them, and a Member key holds two. */
  maxIdBytes: 256,
  maxIssuerBytes: 512,
  maxReasonBytes: 64,
  /** A compact JWS. RFC 9068 tokens with a few hundred groups stay below. */
  maxTokenBytes: 64 * KIB,
  maxKeySetBytes: 256 * KIB,
  /** Two bytes of protobuf can ask for a whole entry; 4,096 of 1 KB make 4 MB of body. */
  maxEntriesPerPart: 4_096,
  /** A checkpoint note with a few signatures is below 2 KB; a proof in a tree below 2^63 has at most 2 × 63 hashes. */
  maxNoteBytes: 16 * KIB,
  maxProofHashes: 128,
  /** A paper code of 1,000 characters less kind and checksum: 993 × 5 / 8. One run takes 2 bytes at least. */
  maxTicketBytes: 620,
  /** SCIM resources nest: resource, complex attribute, sub-attribute, and room for extensions. */
  maxJsonDepth: 16,
  /** Protobuf nesting: Payload, Record, SnapshotPart, Record, Delta; protobufjs counts each. */
  maxProtobufDepth: 8,
} as const;

/** What the receiver keeps before and after authentication. Memory: see each line; together below 200 MiB at worst. */
export const RECEIVER_LIMITS = {
  /** Frames whose bodies are no larger share one buffer: twice what a sender packs by default. */
  bodyRoomBytes: 512 * KIB,
  /** Counters behind the highest seen: 8192 bits, in a ring of 2 KiB a lane; at 100k datagrams/s it spans 80 ms of reordering. */
  replayWindowDatagrams: 8192,
  maxLanes: 16,
  /** A new session while datagrams of the old one still travel. */
  maxSessions: 2,
  /** Accepted sessions that are remembered, so that an old hello that comes late is not taken for a clone's: 64 × 50 bytes. */
  maxKnownSessions: 64,
  /**
   * Hellos in control blocks: sessions whose lane 255 is remembered, each with a replay window of 2 KiB, and hellos of each
   * under assembly, 3 KB at most (k symbols of repair beside the bytes): 6 × (2 + 4 × 3) KiB. Of those that are over one,
   * since a copy of the sender goes on with one of them.
   */
  maxHelloLanes: { current: 1, over: 1, unknown: 4 },
  maxHelloObjects: 4,
  /**
   * The same of trust statements, 2 MiB at most each: the current session and one whose hello is not believed yet, what is
   * sent and what it replaces: 2 × 2 × 2 MiB.
   */
  maxTrustLanes: { current: 1, over: 0, unknown: 1 },
  maxTrustObjects: 2,
  /** A refused bundle may pass later: a token that it would orphan expires, a root is given by hand, a lock is free. */
  trustRetryMs: 60_000,
  /** Those that wait so, of 1 MiB at most, and refusals that were told: 64 × about 100 bytes. */
  maxWaitingTrust: 4,
  maxToldTrust: 64,
  /** What came through the link and was judged, by digest, so that old ones that are played again cost a hash: 256 × 0.5 KB. */
  maxJudgedTrust: 256,
  /** Hellos that wait while a new session's secret is opened (1 ms): 8 × 1.4 KB. */
  maxWaitingHellos: 8,
  /** Datagrams that wait for the first hello: 512 × 1.5 KB = 0.75 MB, a quarter of a second at 25 Mb/s. */
  maxDatagramsBeforeHello: 512,
  /**
   * Incomplete blocks: 64 MiB are 10 s of a link of 50 Mbit/s on which every block lacks something. Beyond, the oldest frame
   * goes to disk; 512 MiB there are another 85 s, so that it is there when the last repeat (60 s) comes. Its index in
   * memory: 16,384 blocks × about 100 bytes. Beyond that it is evicted. A repair symbol counts with what V8 takes for it.
   */
  maxBlockBytes: 64 * MIB,
  maxBlocks: 4096,
  maxDiskBlockBytes: 512 * MIB,
  maxDiskBlocks: 16_384,
  /**
   * Written to disk in a second, and so read back at most: half a link of 1 Gbit/s. What a sender can make us write
   * beyond is evicted instead.
   */
  maxSpillBytesPerSecond: 64 * MIB,
  /** Below this much free disk no block is written: four times what makes the receiver refuse frames, and it must not. */
  minScratchDiskBytes: 256 * MIB,
  /**
   * An incomplete frame is forgotten after this: the last repeat is at +60 s, and it takes a while to send. Twice the time of
   * a later last repeat, where a hello announces one: slow links repeat later.
   */
  maxFrameAgeMs: 120_000,
  /**
   * A frame that was just put together and then refused is not put together again from the rest of the same pass: half the
   * time to the first repeat. 1024 × 100 bytes.
   */
  completedQuietMs: 500,
  maxCompletedFrames: 1_024,
  /**
   * Of what the thread that reads the link put together, and the one that decides has not taken: two thirds of a second of 400
   * Mbit/s, while a group of records is decided. Beyond, the link is left to the kernel's buffer.
   */
  maxReportedBytes: 32 * MIB,
  /**
   * The same of hellos and control datagrams, of which nothing is authentic there yet, so that forged ones take no room of frames:
   * the largest control object in 1,408-byte symbols with a tenth of repair, 820 × (1,452 bytes and 1 KiB). Beyond, they are refused.
   */
  maxReportedDeskBytes: 2 * MIB,
  /** Frames that arrived ahead of a missing one. */
  maxHeldFrames: 4096,
  maxHeldBytes: 64 * MIB,
  /** Frames whose key no trusted card or bundle names yet. */
  maxUnknownKeyFrames: 256,
  maxUnknownKeyBytes: 8 * MIB,
  maxUnknownKeyAgeMs: 300_000,
  /** Digests of frames already seen, for equivocation: 4096 × about 100 bytes. */
  maxRecentDigests: 4096,
  /** An authentic sequence further ahead than this is refused, so that one hostile frame cannot lock a stream out. */
  maxSequenceJump: 1_000_000,
  /**
   * A new epoch that goes on from all that is known is followed by itself only so far: whoever has the sender's key needs
   * 350 years at 800 hellos a second to use the numbers up. Beyond, up to half of the numbers that are left, an operator has
   * to accept it, which nobody does fifty times; and further on it is refused.
   */
  maxEpochJump: 1_000,
  /**
   * Open gaps in one progress record: 256 × at most 36 bytes of JSON = 9 KB. Beyond, the oldest are closed and counted as lost,
   * in 60 bytes however many, until a snapshot makes them good.
   */
  maxOpenGaps: 256,
  /** Runs of snapshot parts in one progress record, 12 bytes of JSON each; a cycle that is torn into more is never whole. */
  maxPartRuns: 16,
  /** Heads of hellos within one hold time; beyond, the newest two become one, and their frames are waited for a little longer. */
  maxAnnouncedHeads: 16,
  /** Wait for a missing frame before it becomes a gap. */
  holdMs: 3_000,
  /**
   * A restarted receiver decides no token before a hello was compared with its clock, or for so long where none comes: six
   * of the default intervals. The clock may have gone wrong with the restart, and a token that it expires is lost.
   */
  clockConfirmMs: 60_000,
  /** A hello may be lost, and the next; three are silence. At 3% loss that is wrong once in four days at 10 s. */
  silentIntervals: 3,
  /** Until a hello says its interval: what a sender does by default. */
  defaultHelloIntervalMs: 10_000,
  /** Receiver's clock against signed times. */
  maxClockSkewMs: 300_000,
  /**
   * What Kafka may be away for, at the sender's default of 50 Mbit/s: 23 min of a link that is full all the time, 38 h of
   * one that is full to 1%. Beyond, frames are refused and counted.
   */
  maxSpoolBytes: 8 * 1024 * MIB,
  /**
   * A spool is bounded by bytes alone: a frame that waits for Kafka is never dropped for its age, since nobody would send it
   * again. Age is an alarm: by then the restart or upgrade of a cluster is over.
   */
  spoolAgeAlarmMs: 3_600_000,
  /** An alarm this long before trust expires: root holders must meet, and a bundle be carried. */
  trustExpiryAlarmMs: 7 * 86_400_000,
  /** Released frames in one commit: a turn of the event loop seldom brings more, and memory is bounded where it does. */
  maxCommitFrames: 256,
  maxCommitBytes: 16 * MIB,
  /** Below this much free disk nothing is accepted, so that the audit log, SQLite's WAL and the publisher still can write. */
  minFreeDiskBytes: 64 * MIB,
  /**
   * Below this nothing is published either: a transaction's audit entries (10,000 of 300 bytes, in the tail and in tiles)
   * and its pages in SQLite's WAL come to 11 MB, and an audit log that cannot be written ends the program.
   */
  minPublishDiskBytes: 16 * MIB,
  /** How often a full disk or spool is looked at again. */
  storeRetryMs: 5_000,
  /** A transaction: enough records to amortise its two round trips, few enough to stay below the time-out. */
  maxTransactionRecords: 10_000,
  maxTransactionBytes: 32 * MIB,
  /** jti replay store rows; at 550 bytes each with its indices 1M tokens are 550 MB of disk. */
  maxTokenIds: 1_000_000,
  /**
   * Deletes that one snapshot part causes, 20,000 × about 1 KB in memory; what lies over it is left to the next cycle. Our
   * sender's ranges hold 4,096 keys at most that live there, so it takes a mass deletion that was lost to reach it.
   */
  maxPartTombstones: 20_000,
  /** Ranges that snapshots have said all of: as many as a cycle has parts, of 3,000 keys each; 65,536 × 200 bytes of disk, 400 of memory. */
  maxSnapshotFloors: 65_536,
  /** Live keys of a range read at once. */
  rangeRows: 1_024,
  /** Between two pieces of reading ahead in the spool, so that receiving has its turn. */
  readAheadPauseMs: 1,
  /**
   * What approvers have not decided: 200,000 rows of 1 KB (a delete's headers), and values of grants up to the bytes. Beyond,
   * a record is refused instead of held, and a snapshot's delete is left to the next cycle.
   */
  maxHoldRecords: 200_000,
  maxHoldBytes: 512 * MIB,
  /** Read at once to be listed: 32 of `maxRecordBytes` are 32 MB; 1 KB each as a rule. */
  listedHeldRows: 32,
  /** Decided records in one transaction, and their bytes. */
  maxDecidedRecords: 5_000,
  progressIntervalMs: 10_000,
  /**
   * Runs of witnessed checkpoints, with as many stretches of lost ones between them: written with each checkpoint, 1.5 KB
   * each, with the longest proof and note that are taken 14 KB. A note of ours has 250 bytes.
   */
  maxWitnessedRuns: 64,
  maxWitnessedNoteBytes: 2 * KIB,
  /** Frames whose tokens wait for a trusted clock, named in progress: 256 × about 12 bytes of JSON = 3 KB. */
  maxWaitingFrames: 256,
  /**
   * Frames whose revocations took effect before their turn: named in progress, 256 × about 12 bytes of JSON = 3 KB, and
   * copied to disk until their turn, like what is held in memory. Beyond, revocations wait for their turn.
   */
  maxEarlyFrames: 256,
  maxEarlyBytes: 64 * MIB,
  /** Roles of one subject that are remembered, so that an import says which it grants: 400 of 40 bytes. */
  maxRoleBytes: 16 * KIB,
  /** Headers of tokens that are kept parsed by their text, since an issuer's are all alike: 64 × 512 bytes, and as much again parsed. */
  maxKeptTokenHeaders: 64,
  maxKeptTokenHeaderBytes: 512,
  /** Judged in one go: at 100 µs each the loop waits 3 ms for it, and one post of so many to a thread costs 0.5 µs a token. */
  tokenBatch: 32,
  /**
   * Posted to a token thread and not answered: 16 batches are 20 to 30 ms of its time, longer than this thread is at a frame
   * and posts nothing. Two in any case, that the second is there when the first is done (32 tokens of 64 KiB are 2 MB); more
   * while they hold less than 1 MiB of text.
   */
  maxThreadBatches: 16,
  minThreadBatches: 2,
  maxThreadBytes: MIB,
  /** Each has 16 MB of its own, 128 in all; one main thread feeds no more, at 50 µs a token beside 50 to 90 of theirs. */
  maxTokenThreads: 8,
  /** A token thread that died is started again after this. */
  tokenThreadRestartMs: 1_000,
  /** Records, and bytes of frames and of their tokens, behind the group under way that are judged ahead of their turn; one frame may go beyond. */
  maxAheadTokens: 2_048,
  maxAheadBytes: 4 * MIB,
  /** Subjects with a revocation bound, beside jtis: rows of 200 bytes; both purged as the tokens that they refuse expire. */
  maxRevocations: 1_000_000,
  /**
   * Keys and whole issuers that were revoked: keys stay so for ever, so they have a bound of their own; 10,000 is a hundred of
   * each of a hundred issuers. What bundles revoke counts, and is never refused: each names 2,300 keys at most (768 KiB).
   */
  maxRevokedKeys: 10_000,
  /**
   * Tombstones of one transaction of the sweep, 5,000 × about 1 KB in memory; 100,000 tokens of one revoked key take twenty
   * such transactions.
   */
  maxSweptTokens: 5_000,
  /** Expired tokens are swept this often; by then they are over for a minute, the largest skew on top. */
  sweepIntervalMs: 10_000,
  /** What a status may claim: a clock's skew ahead of its frame, and a month until the next. */
  maxStatusAheadMs: 300_000,
  maxStatusIntervalMs: 31 * 86_400_000,
  /** A revocation is to be seen by consumers so soon after its source said so: the hold time of a gap, and twice a flush. */
  revocationObjectiveMs: 10_000,
  /** How long one that took longer stands among the alarms. */
  lateRevocationAlarmMs: 600_000,
  /** Expired token ids and revocations are dropped this often, so many rows at a time: 10,000 deletes take about 50 ms. */
  purgeIntervalMs: 30_000,
  maxPurgedRows: 10_000,
  /** Kafka is tried again after 0.5, 1, 2 … 30 s: 120 tries an hour in a long outage. */
  firstKafkaRetryMs: 500,
  maxKafkaRetryMs: 30_000,
  /** An outage that lasts is logged again this often. */
  outageReminderMs: 60_000,
  /** Reading progress back: 32 MB at most (two segments), and another stream's open transaction may have to end. */
  progressReadTimeoutMs: 60_000,
  /** Reading every compacted topic after a lost disk: 10M records at 20k/s. */
  rebuildTimeoutMs: 600_000,
  /** A stop publishes what is spooled for so long, then waits for the transaction under way; within OPS_LIMITS.stopTimeoutMs. */
  drainMs: 5_000,
  publisherStopMs: 12_000,
  /** Rows written in one SQLite transaction of a rebuild. */
  rebuildRows: 10_000,
} as const;

/** Of what is carried, where the config of both sides says nothing else. */
export const IDENTITY_LIMITS = {
  /** A day. A token that lives longer outlives what is known of its subject. */
  maxTokenLifetimeSeconds: 86_400,
} as const;

/** What the sender keeps. */
export const SENDER_LIMITS = {
  /** One source line: the largest Group with 50,000 members is about 5 MB. */
  maxLineBytes: 8 * MIB,
  maxMembersPerGroup: 100_000,
  /** Packer: a frame closes at this size of protobuf, this count, or this age. */
  batchBodyBytes: 256 * KIB,
  batchRecords: 1_000,
  lingerMs: 50,
  /**
   * A change that comes after a rest of lingerMs leaves at once where its frame, of a change of 1 KB, takes so much of the
   * link at most, repeats included: at 50 Mbit/s and 50 ms a frame of four passes takes 1.8 ms, a twenty-eighth. On slower links (below
   * 9 Mbit/s by default) it waits for others as before, since a frame more for each burst would be felt.
   */
  loneFrameBytes: 1 * KIB,
  promptRatePercent: 20,
  /** Frames committed to the journal in one SQLite transaction. */
  maxCommitFrames: 16,
  /**
   * A flush holds the one thread for longer than a burst (about 12 ms a full frame), and the capacity of that time is lost
   * to the link. So while frames or repeats wait for the link, the sender rests from reading as long as a flush took; and
   * 7 times as long with maxInFlightBytes unsent, when the link and not the reading is the bottleneck.
   */
  flushRestFactor: 1,
  backlogRestFactor: 7,
  maxJournalBytes: 8 * 1024 * MIB,
  /** Source lines read and not yet journaled; one more read of 256 KiB, or one line of maxLineBytes, may come on top. */
  maxQueuedLineBytes: 4 * MIB,
  maxQueuedLines: 16_384,
  /** Pruned frames can no longer be sent again; a gap ticket goes by hand, so a month, and the config's bytes before that. */
  maxJournalAgeMs: 30 * 86_400_000,
  /** Frames pruned in one transaction: 256 × 64 KiB keep it below 10 ms. */
  maxPruneFrames: 256,
  /** How often age is looked at; a crowded journal is pruned at once. */
  pruneIntervalMs: 60_000,
  /** Passes sent are written down at most this often; a crash in between repeats what was sent meanwhile. */
  passRecordIntervalMs: 1_000,
  /**
   * Below this much free disk nothing is journaled: SQLite may still have room in its WAL where the audit log has none, and
   * an audit log that cannot be written ends the program. A flush writes 5 MB of frames at most, one line of 8 MiB apart.
   */
  minFreeDiskBytes: 32 * MIB,
  /** After a full disk, how often the sender looks whether there is room again. */
  diskRetryMs: 5_000,
  /** Frames loaded from the journal ahead of the link, and their bytes: one frame of 4 MiB may come on top. */
  maxInFlightFrames: 64,
  maxInFlightBytes: 4 * MIB,
  /** Repeats that wait: 131,072 × 3 queues × about 40 bytes = 16 MB. Beyond, the oldest is skipped and counted. */
  maxWaitingRepeats: 131_072,
  /**
   * A repeat for which fresh frames leave no capacity is skipped and counted this long after it was due, or as long as the
   * last repeat waits, where that is more: slow links take longer for everything. The journal has
   * to hold rate × (last repeat + this): at 500 Mb/s and 60 s + 60 s, 7.5 GB.
   */
  maxRepeatLatenessMs: 60_000,
  /** Hello: every second for this long, so that a receiver started together with the sender joins at once. */
  helloStartMs: 30_000,
  /** Its first hellos follow each other faster: with 5 of them, 3% loss hides a session for 0.4 s once in 40 million starts. */
  helloFirstCount: 5,
  helloFirstIntervalMs: 100,
  /**
   * Datagrams of a session before its first hellos were heard: half of `maxDatagramsBeforeHello`, since a receiver may be
   * at a commit, and a hello be lost. On the link up to 6 Mbit/s they take longer than those hellos, and nothing waits.
   */
  maxDatagramsBeforeHeard: 256,
  helloStartIntervalMs: 1_000,
  /**
   * On links where a hello takes long (1.2 s at 9,600 baud), it waits for so many times what it takes: of the link it has at
   * most a half at the very start, a tenth for helloStartMs and behind the last frame of a run, and a twentieth later on.
   */
  helloFirstFactor: 2,
  helloStartFactor: 10,
  helloFactor: 20,
  /**
   * The trust bundle is sent again this often, and seldom enough to take a twentieth of the link at most; while frames wait it
   * has one datagram in five. A receiver that starts anew has it within a minute.
   */
  trustIntervalMs: 60_000,
  trustFactor: 20,
  trustEveryDatagrams: 5,
  /**
   * The next signing key takes over when the bundle that names it was sent so often: with a tenth of all sendings lost, and
   * FEC of no use, one rotation in a thousand meets a receiver that does not know it yet, and holds its frames meanwhile.
   */
  takeOverPasses: 3,
  /** A next key that waits so long for its bundle is an alarm: root holders meet within a week or forgot. */
  rotationAlarmMs: 7 * 86_400_000,
  /** A graceful stop goes on sending first passes for at most this long; the next run sends the rest. */
  stopDrainMs: 5_000,
  /** Datagrams sent before the event loop gets its turn: 64 × about 5 µs. */
  maxSendsPerTurn: 64,
  /** Of 64 KiB, filled again once the kernel has copied them: what a turn sends of the longest datagrams, 7 in each. 640 KiB. */
  maxKeptSlabs: 10,
  /** Failed sends come by the thousand: one log line an interval, with the count. */
  sendErrorLogIntervalMs: 10_000,
  /**
   * Token bucket: one burst of at most this long at the configured rate. A timer that fires late costs what lies beyond:
   * on two busy cores 2 ms kept 58 to 99% of 50 Mbit/s. 5 ms at that rate is 21 datagrams, and the smallest default
   * socket buffer of a receiver holds about 90.
   */
  maxBurstMs: 5,
  /**
   * Where timers are finer than a millisecond, the sender sleeps no shorter: four times a millisecond it sends what came due,
   * one datagram at 50 Mbit/s and 20 at 1 Gbit/s, which UDP_SEGMENT takes as one message. Half a burst, where that is less,
   * but no shorter than such a timer is late by itself.
   */
  minWakeMs: 0.25,
  fineTimerMs: 0.05,
  /**
   * What UDP adds to a datagram on the cable: IPv4 20 or IPv6 40, UDP 8, and Ethernet's 38, which are preamble 8, header 14,
   * check sequence 4 and the gap of 12 (IEEE 802.3 clause 3 and 4.4.2). So a rate of 1 Gb/s is what a port of 1 Gb/s can
   * carry. A VLAN tag would be 4 more.
   */
  udpOverheadBytes: { 4: 66, 6: 86 },
  /** Datagrams handed to the socket and not yet called back. */
  maxQueuedDatagrams: 256,
  /** While the kernel has no way out for any datagram (an interface that is down) it is asked so often. */
  awayRetryMs: 100,
  /** A stop that waited `stopDrainMs` waits so long for the kernel once more; within OPS_LIMITS.stopTimeoutMs. */
  closeMs: 1_000,
  /** Live tokens and revocations that snapshots carry: rows of about 1 KB and 200 bytes; the receiver remembers as many. */
  maxLiveTokens: 1_000_000,
  maxLiveRevocations: 1_000_000,
  /** How long snapshots carry a revocation: a month; longer-lived tokens that it took back are carried by none anyway. */
  revocationKeepMs: 31 * 86_400_000,
  /** That of a key: as long as anybody may still list the key. They are few. */
  keyRevocationKeepMs: 3_650 * 86_400_000,
  /** Rows dropped at once once they ended: 1,000 deletes take about 5 ms. */
  maxPurgedRows: 1_000,
  /** How often the sender looks whether a snapshot cycle is due. */
  snapshotLookMs: 60_000,
  /** A checkpoint of the audit log is framed this often at most: 1.2 KB with its proof, so 1,700 frames a day. */
  checkpointIntervalMs: 60_000,
  /** And in this share of the link's rate, repeats included: at 9,600 baud every twenty minutes. */
  checkpointRatePercent: 1,
  maxRejectFileBytes: 64 * MIB,
  /** Keys of each kind of change that are shown before a revert is confirmed: one line of a terminal or two. */
  shownRevertKeys: 5,
  /** Files of reverts that no request names are deleted after a day: a command was ended between the two. */
  abandonedRevertMs: 86_400_000,
  /** Reverts that ended and are still known, so that a request met twice changes nothing: 16 rows of 100 bytes. */
  maxKeptReverts: 16,
  /** One read of a source file; entries of one batch stem from one read. */
  sourceReadBytes: 256 * KIB,
  /** fs.watch wakes the source; this is for file systems that tell nothing. */
  sourcePollMs: 500,
  /** Between two reads while a writer appends line by line: at 10k lines/s one read then takes 20 lines. */
  sourceSettleMs: 2,
  /** Recognises a file that was renamed or copied: its first bytes, and the last ones before the position. */
  fingerprintHeadBytes: 1_024,
  fingerprintTailBytes: 256,
  /** Rotated files beside a source that are looked at after a restart. */
  maxRotatedFiles: 1_024,
} as const;

/** Of serial links. */
export const SERIAL_LIMITS = {
  /** A port that went away is opened again after 0.25, 0.5, 1 … 5 s: an adapter that is plugged in again is met at once. */
  firstReopenMs: 250,
  maxReopenMs: 5_000,
  /** stty, flock and perl take some 10 ms each; one that hangs is ended. */
  helperTimeoutMs: 3_000,
  /** A stop waits so long for the driver to take the datagram under way, and for the port to be closed. */
  closeMs: 1_000,
  /**
   * What the driver may be given ahead: at 921,600 baud more than its usual buffer of 4 KiB, which then says so. Timers that
   * fire 4 ms late, as on a busy machine, cost a fifth of 115,200 baud where it may have one datagram and no more.
   */
  aheadMs: 100,
  /** How often a driver that was full is asked again. */
  minWriteRetryMs: 1,
  maxWriteRetryMs: 50,
  /**
   * So many bytes without the form of a datagram among them, and it is said: 17 datagrams of the default length, more than a
   * burst of noise spoils, and 4 s of a line of 9,600 baud.
   */
  garbledBytes: 4_096,
  /** So many datagrams that should be authentic and are not: one hello in control blocks, and half of the next. */
  foreignDatagrams: 8,
} as const;

/** What the commands, the ops endpoint and the audit file keep or read. */
export const OPS_LIMITS = {
  /** A config with every setting and 300 issuers is below 100 KB; the parser takes time squared for some nonsense. */
  maxConfigBytes: 128 * KIB,
  /** Brackets and dashes in each other; the deepest setting is an attribute of an extension of a type: 6. */
  maxConfigDepth: 32,
  /** Shown at once; a file that is no config has one for each character. */
  maxConfigProblems: 100,
  /** A card of the longest names is 230 bytes; as JSON with its fingerprint below 1 KiB. */
  maxCardFileBytes: 16 * KIB,
  /** A PKCS #8 key of suite 1 is 119 bytes of PEM. */
  maxKeyFileBytes: 4 * KIB,
  /** run.json: pid, address, port, time and version, below 200 bytes. */
  maxRunFileBytes: KIB,
  /** The names of one issuer's public keys in their longest form (RSA 8192 with certificates) for 32 keys. */
  maxKeySetFileBytes: 256 * KIB,
  /** Paper codes, without hyphens: the checksum tells any two wrong characters up to its generator's order of 1023. */
  maxPaperCodeCharacters: 1_000,
  /**
   * A ticket for one gap at its longest: 29 bytes (version 1, stream 4, epoch 8, id 2, a run of 7 + 7), 54 characters, 64
   * with hyphens. Most are below 40.
   */
  minTicketCharacters: 64,
  /** A ticket unless told otherwise, hyphens counted: 20 groups, a minute at the telephone; 20 to 40 gaps. */
  ticketCharacters: 120,
  /**
   * Runs of frames that wait to be sent again, and runs of one request: four tickets of the longest, 306 each. As JSON 24 KiB.
   */
  maxResendRuns: 1_024,
  /** Requests to the ops endpoint: a scrape and a person; more wait in the kernel's queue. */
  maxOpsConnections: 32,
  opsRequestTimeoutMs: 5_000,
  /** Of a request; a scrape has some hundred. */
  maxOpsHeaderBytes: 8 * KIB,
  /** Resource servers that ask for keys: each once a minute, over a connection that it keeps for 5 s; 512 × some 20 KiB. */
  maxVerificationConnections: 512,
  /** `status` asks the running program; it answers from memory. */
  statusTimeoutMs: 2_000,
  /** A graceful stop commits what is under way; a Kafka transaction ends or is aborted within its time-out. */
  stopTimeoutMs: 20_000,
  /** Commands wait this long for one another's entry in the command log. */
  commandLockMs: 5_000,
  /** Requests of operators that wait for a program: more than anybody types while it is down. */
  maxRequests: 256,
  /** One request: a resend of every gap that a progress record can hold is below 16 KiB. */
  maxRequestBytes: 64 * KIB,
  /** How often a running program looks for requests: what a person takes for at once. */
  requestPollMs: 1_000,
  /** Why a program is paused: a line of a terminal or two. */
  maxPauseReasonCharacters: 200,
  /** Who typed a command, as the system calls them: 32 on Linux, more where a directory names users. */
  maxOperatorCharacters: 64,
  /**
   * Below this much free disk no request is carried out: its effect takes a few pages of SQLite, its audit entry 300 bytes,
   * and an audit log that cannot be written ends the program.
   */
  minRequestDiskBytes: 16 * MIB,
  /** A page of evidence: a QR code of 33 characters is 40 KiB of SVG, the rest below 10. */
  maxEvidenceBytes: 256 * KIB,
  /** External programs that `check` asks (ip, timedatectl). */
  probeTimeoutMs: 3_000,
  /**
   * Of V8's old space between two collections. Of 40 MB that live while a receiver catches up it grows to 75 with what the nursery
   * adds; 34 MB of nursery, 40 of buffers, 61 of code and libraries, and 65 of SQLite's pages, librdkafka and what malloc keeps: 275
   * of 300. A sender has 40 MB less beside its heap, and may spend them instead of CPU.
   */
  heapGrowthPercent: { 'diode-sender': 100, 'diode-receiver': 50 },
} as const;

/** Inventories that are compared between boundaries. */
export const INVENTORY_LIMITS = {
  /** HMAC-SHA256 cut to 128 bits: a secret of 128 bits is as hard to guess. As text, a line. */
  minSecretBytes: 16,
  maxSecretBytes: 1_024,
  /** 300 issuers, which fit a config, of 32 keys each, and a few dozen others. */
  maxItems: 10_000,
  /** The path of a key file or the name of a setting. */
  maxPlaceBytes: 512,
  /** `maxItems` of 100 bytes of JSON each, the usual place being 30 of them. */
  maxFileBytes: MIB,
} as const;

/** Tokens that the sender issues (sender/issuer). */
export const ISSUER_LIMITS = {
  /** Claims of one token as JSON: with header, other claims and base64url below WIRE_LIMITS.maxTokenBytes. */
  maxClaimBytes: 40 * KIB,
  /** Given to the signer at once: 64 of RSA 3072 take 80 ms of one core, and 64 KiB each is 4 MB at most. */
  maxUnderWay: 64,
  /** The process of a token has them in one message, half of whose cost they share; libuv's four threads, where RSA of a file is signed, have work. */
  askedAtOnce: 16,
  /** A key that signs nothing for so long hangs: a smart card takes 1 to 2 s for a signature of RSA 4096. */
  signMs: 30_000,
  /** A stop waits so long for what the key was asked: four such signatures fit, and OPS_LIMITS.stopTimeoutMs has room. */
  stopMs: 8_000,
  /** Rows of the plan that are looked at in one turn: 256 × about 40 µs; 100,000, as after a start, take some 400 turns. */
  lookedRows: 256,
  /** A token issued so far ahead of the clock is of a clock that went wrong: receivers allow as much (clockSkewSeconds). */
  aheadMs: 60_000,
  /** A renewal that late is a crowd's: the tokens' next ones are spread anew. */
  inTurnMs: 5_000,
  /** For so long the slowest first pass counts as the link's delay. */
  linkWindowMs: 600_000,
  /**
   * A status for each six hellos, a minute by default: with its repeats it takes what four hellos do, which on a serial line
   * have a fiftieth of it. Snapshots and records have the rest.
   */
  statusHellos: 6,
  /** Keys that an issuer signed with: one a month for 20 years, RSA ones with 120 KB in all. */
  maxOwnKeys: 240,
  /** A key that does not sign is asked again after 1, 2 … 30 s. */
  firstRetryMs: 1_000,
  maxRetryMs: 30_000,
} as const;

/** Key sets of foreign issuers, as the sender asks for them over HTTPS. */
export const FOREIGN_LIMITS = {
  /** Of `jwks_uri` in metadata: what browsers and proxies take. */
  maxUrlCharacters: 2_048,
  /** One row, one request under way each: 64 × maxAnswerBytes are 32 MB at the worst. */
  maxIssuers: 64,
  /** A set of WIRE_LIMITS.maxKeySetBytes, and as much again of certificates and white space, which stay behind. */
  maxAnswerBytes: 512 * KIB,
  maxHeaderBytes: 16 * KIB,
  /** Issuers publish 2 to 10: signing, encryption, and the one before of each. */
  maxKeys: 100,
  /** From the name's look-up to the last byte, redirects included. */
  timeoutMs: 10_000,
  maxRedirects: 3,
  /** Whatever an issuer's headers ask for. */
  minPollMs: 60_000,
  maxPollMs: 86_400_000,
  /** After failures in a row: 15 s, 30 s … 1 h. */
  firstRetryMs: 15_000,
  maxRetryMs: 3_600_000,
  /** Nobody asks at the same moment: a tenth of the wait at most comes on top of it. */
  spreadPart: 0.1,
  /** Keys change with days of overlap, and issuers are restarted within minutes. */
  overdueMs: 3_600_000,
  /** Of an ETag that is kept. */
  maxEtagCharacters: 1_024,
} as const;

/** Signing keys and ceremonies (src/signer). */
export const SIGNER_LIMITS = {
  /** The library of a token that answers nothing for so long hangs: ten signatures of a slow card, and below ISSUER_LIMITS.signMs. */
  answerMs: 20_000,
  /** To start the process that loads it, find slot and key, and log in; with a busy machine's slowness to start anything. */
  openMs: 30_000,
  /** For a session to be closed; after that its process is killed. */
  closeMs: 5_000,
  /** Of a token, at the start: as ISSUER_LIMITS.signMs. */
  proofMs: 30_000,
  /** What one signature covers: a trust bundle of WIRE_LIMITS.maxControlBytes. */
  maxPayloadBytes: 1 * MIB,
  /** The longest signature of a token: RSA of 16,384 bits. */
  maxSignatureBytes: 2_048,
  /** Objects of a token that are looked at for one label: it has a few. */
  maxObjects: 64,
  /** Shown to whoever signs: two lines of a terminal. */
  maxPurposeCharacters: 200,
  /** A request is its payload in base64url, 4/3 of it, and below 2 KiB of the rest; a signature file is below 4 KiB. */
  maxFileBytes: 1_400 * KIB + 4 * KIB,
} as const;

/** What approvers sign and are shown. */
export const APPROVAL_LIMITS = {
  /** Nine lines of names, a digest, a key, two times and a signature: 530 bytes at the longest. */
  maxApprovalBytes: 1_024,
  /**
   * What is shown to an approver: 256 holds of a line of 120 bytes, and 128 keys of 112 between them: 45 KB. It goes through
   * the request inbox as well, with the approvals, so both lie below its `maxRequestBytes`.
   */
  maxRequestBytes: 48 * KIB,
  /** An approval is for what was seen: a week is a holiday; a day unless told otherwise. */
  maxValidityMs: 7 * 86_400_000,
  defaultValidityMs: 86_400_000,
  /** Persons in the config, and keys of theirs. */
  maxApprovers: 64,
  /** Roles and groups that are watched, each. */
  maxWatchedNames: 256,
} as const;

/** The audit log (src/audit). */
export const AUDIT_LIMITS = {
  /** One entry; names are bounded, and lists are cut by who writes them. tlog-tiles allows 65,535. */
  maxEntryBytes: 32 * KIB,
  /** Records that share an entry: 130 of 120 bytes. A key has 4 KiB at most, so an entry stays below its bound. */
  recordListBytes: 16 * KIB,
  /** Earlier keys of an issuer that one entry names, 90 bytes each; tokens of more are counted. */
  maxListedKeys: 64,
  /** Queued entries before they are written although nobody asked for a sync: 1024 × 300 bytes = 300 KB. */
  maxQueuedEntries: 1_024,
  /**
   * Entries since the last checkpoint before the next, and their bytes: 16 full tiles of each kind to write and sync, some
   * 20 ms; what a restart reads and hashes again, and what stands in memory.
   */
  checkpointEntries: 4_096,
  checkpointBytes: 4 * MIB,
  /** With anything new, a checkpoint this often: 8 small files synced. */
  checkpointMs: 60_000,
  /** A reader begins again where the writer made a checkpoint meanwhile: rare, and over at once. */
  maxSnapshotTries: 8,
  /** Sentences of one `audit verify`; more of them are counted. */
  maxFindings: 100,
  /** A checkpoint is 250 bytes; one that 16 witnesses cosigned with post-quantum keys 80 KB. */
  maxNoteBytes: 128 * KIB,
  maxNoteSignatures: 32,
  /** An entry in base64, 53 hashes of 45 characters, a checkpoint. */
  maxProofBytes: 256 * KIB,
} as const;

/** Roots and trust bundles: part of docs/wire-format.md, "Trust". */
export const TRUST_LIMITS = {
  /** The signed text. In Kafka it is one record of at most 1,000,000 bytes, and in control blocks below 1 MiB. */
  maxBundleBytes: 768 * KIB,
  /** 32 keys of 140 bytes, in base64 6 KiB; 64 signatures of 320 bytes, 20 KiB. */
  maxRootBytes: 32 * KIB,
  maxRootKeys: 32,
  /** A rotation is signed by holders of both roots. */
  maxSignatures: 64,
  maxVersion: 2 ** 53 - 1,
  /** Root statements between the pinned one and today's: one a month for 20 years. */
  maxRoots: 256,
  maxSenders: 64,
  /** Of one stream: a key a month for a year, and those that were revoked. */
  maxSenderKeys: 16,
  maxIssuers: 300,
  maxIssuerKeys: 32,
  /** What `issuers` of config.yaml may say, too. */
  maxTokenLifetimeSeconds: 31_536_000,
  maxTokenSkewSeconds: 600,
  /** Whoever holds back all newer bundles gains nothing beyond it. */
  maxBundleLifetimeMs: 366 * 86_400_000,
  maxRootLifetimeMs: 3_660 * 86_400_000,
  /** Adoption reads and writes some files: another one waits for it. */
  lockMs: 5_000,
} as const;

/** UDP links whose datagrams pass the kernel in batches. */
export const UDP_LIMITS = {
  /**
   * Datagrams that leave lie one behind the other in memory of this size, and a message that comes is read into it: room for the
   * largest that UDP takes, 65,507 bytes, and 45 of the default.
   */
  slabBytes: 64 * KIB,
  /** Of one read, where the kernel joins datagrams: 512 KiB. */
  joinedMessages: 8,
  /** Where it does not: 4 MiB, of which only those pages are touched that a datagram reaches. */
  singleMessages: 64,
  /** Joined to one message, as far as seen; 8 × 64 are looked at in one go, 2 × 2 KiB of places, and more in another. */
  maxJoinedDatagrams: 64,
  /** One turn of the event loop reads until it has so many: 63 at most, and then what 8 joined messages hold. */
  turnDatagrams: 64,
  /** One read brings 8 messages of one datagram or of many, or 64 that cannot be joined: where it brings less, nothing is left. */
  leastFullRead: 8,
} as const;

/** Calibrations of a link. Those marked so are part of docs/wire-format.md, "Calibration". */
export const CALIBRATION_LIMITS = {
  /** Wire: of one sweep; twelve rates, a few sizes and bursts are twenty. */
  maxSteps: 200,
  /** Wire: in one step; 2.8 s of 18 Gbit/s. Which of them came is a bit each: 512 KiB, for the step under way alone. */
  maxStepDatagrams: 4 * MIB,
  /** Wire: probes that leave at once. */
  maxBurst: 65_535,
  maxPasses: 65_535,
  /** Enough bursts, and enough probes, to say something of a step that is short. */
  minBursts: 4,
  minStepDatagrams: 50,
  /** A step that the sender does not keep up with ends after so many times its length. */
  lateFactor: 1.5,
  /** Between steps, so that what waits in a diode's buffers has come; marks in its second half. Less behind short steps. */
  restMs: 500,
  minRestMs: 100,
  marks: 3,
  /** Runs whose key is remembered: whoever has none of the two cards gets none in. */
  maxRuns: 4,
  /** Longer runs of lost datagrams are counted together: more than any block repairs. */
  maxRunClasses: 16,
  /** A sweep that says nothing for so long, or for three of its steps, was stopped. */
  silenceMs: 10_000,
  /** How often the line on a terminal is drawn. */
  drawMs: 250,
} as const;

/** Removable media. Those marked so are part of docs/wire-format.md, "Bundles". */
export const MEDIA_LIMITS = {
  /** Wire: sticks of one bundle, spare ones included. One stripe is held in memory: 16 × 4 MiB. */
  maxVolumes: 16,
  /** Wire: what one digest covers, and so what one bad sector costs; 64 GiB of content are 16,384 digests, 512 KiB of manifest. */
  maxSegmentBytes: 4 * MIB,
  /** Wire: three quarters for digests, 98,304 of them: 384 GiB on all volumes together. */
  maxManifestBytes: 4 * MIB,
  maxSegments: 98_304,
  /** Wire: runs of frames in one bundle, as many as wait for a resend at most. */
  maxRuns: 1_024,
  /** 4 MiB × 1,023 = 4,092 MiB: below FAT32's 4 GiB − 1 with room to spare. */
  segmentsPerFile: 1_023,
  /** Wire: numbers of files have three digits. At 4,092 MiB each they hold 4 TB, more than `maxSegments`. */
  maxVolumeFiles: 1_000,
  /** FAT32's bound of a file: no file of a volume may be longer. Wire. */
  maxFileBytes: 4 * 1024 * MIB - 1,
  /** Columns of a stripe are coded piece by piece: the longest symbol of the FEC kernel that divides 4 MiB. */
  codedPieceBytes: 8 * KIB,
  /** Folders and files of a medium that are looked at: a stick with more is full of something else. */
  maxMediumEntries: 4_096,
  /** Frames read from the journal in one look beside a running sender: 16 × 4 MiB at most in memory. */
  exportFrames: 16,
  /** Bundles that wait in DIR/data/imports: a case full of sticks. */
  maxWaitingImports: 64,
  /** Frames of a bundle handed to the gate in one turn of the event loop, so that the link has its turn: 16 × 64 KiB. */
  maxFedFrames: 16,
  maxFedBytes: 4 * MIB,
  /** Between two turns, and while spool or gate have no room. */
  feedPauseMs: 1,
  feedRetryMs: 250,
  /** Of imports that receiver.db remembers, 300 bytes each: a bundle a day for ten years. */
  maxKnownImports: 4_096,
  /** Free disk that an import leaves beside what it brings: four times what makes a receiver refuse frames. */
  minImportDiskBytes: 256 * MIB,
  /** An import that runs is waited for by its command as long as the receiver makes progress. */
  importLookMs: 200,
  importSilenceMs: 60_000,
  /** A program that ended meanwhile is started again by its supervisor, within seconds as supervisors are set. */
  restartMs: 20_000,
  /** Read back for why the receiver refused a bundle: 200 ms or, with a slow status, 2 s after it said so. 16 files of 256. */
  refusalEntries: 4_096,
  /**
   * Of what a bundle changes, by name, on a terminal and in a request: 2 × 10 keys, and for roles and groups, granted and
   * withdrawn, 4 × 8 names with 4 subjects each: 180 of at most 110 characters, 20 KB, below `APPROVAL_LIMITS.maxRequestBytes`.
   */
  shownKeys: 10,
  shownNames: 8,
  shownSubjects: 4,
  shownRuns: 12,
} as const;

/**
 * Every bound of the product, with its arithmetic. What reaches a bound is refused or evicted, counted, and said.
 * Bounds that both ends must share are part of docs/wire-format.md.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Wire bounds: docs/wire-format.md repeats them, and they change only with the protocol version. */
export const WIRE_LIMITS = {
  /** Symbols are a multiple of this: the FEC kernel works on 64-byte lanes. */
  symbolStepBytes: 64,
  /** A jumbo frame of 9000 less 40 + 8 (IPv6, UDP), 28 header and 16 tag is 8908; the multiple of 64 below. */
  maxSymbolBytes: 8896,
  /** 1500 - 40 - 8 - 28 - 16 = 1408 = 22 × 64: one datagram fills an Ethernet frame over IPv6 exactly. */
  defaultSymbolBytes: 1408,
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
  /** A hello with eight receivers: 8 + 8 × 24 slots, about 250 of body, 8 × 92 sealed, 64 signature: below 1,452. */
  maxHelloBytes: 1_452,
  maxReceivers: 8,
  /** Boundary, stream, resource type names: ASCII, as in topic names. */
  maxNameBytes: 64,
  /** Subject ids; percent-encoding triples them, and a Member key holds two. */
  maxIdBytes: 256,
  maxIssuerBytes: 512,
  maxReasonBytes: 64,
  /** A compact JWS. RFC 9068 tokens with a few hundred groups stay below. */
  maxTokenBytes: 64 * KIB,
  maxKeySetBytes: 256 * KIB,
  /** SCIM resources nest: resource, complex attribute, sub-attribute, and room for extensions. */
  maxJsonDepth: 16,
  /** Protobuf nesting: Payload, Record, SnapshotPart, Record, Delta; protobufjs counts each. */
  maxProtobufDepth: 8,
} as const;

/** What the receiver keeps before and after authentication. Memory: see each line; together below 150 MiB. */
export const RECEIVER_LIMITS = {
  /** Counters behind the highest seen: 8192 bits = 1 KiB a lane; at 100k datagrams/s it spans 80 ms of reordering. */
  replayWindowDatagrams: 8192,
  maxLanes: 16,
  /** A new session while datagrams of the old one still travel. */
  maxSessions: 2,
  /** Datagrams that wait for the first hello: 512 × 1.5 KB = 0.75 MB, a quarter of a second at 25 Mb/s. */
  maxDatagramsBeforeHello: 512,
  /** Incomplete blocks: oldest evicted beyond. */
  maxBlockBytes: 64 * MIB,
  maxBlocks: 4096,
  /** An incomplete frame is forgotten after this: the last repeat is at +60 s, and it takes a while to send. */
  maxFrameAgeMs: 120_000,
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
  /** Open gaps in one progress record: 256 × about 60 bytes of JSON = 16 KB. Beyond, the oldest are closed as lost. */
  maxOpenGaps: 256,
  /** Wait for a missing frame before it becomes a gap. */
  holdMs: 3_000,
  /** Receiver's clock against signed times. */
  maxClockSkewMs: 300_000,
  maxSpoolBytes: 8 * 1024 * MIB,
  /** A transaction: enough records to amortise its two round trips, few enough to stay below the time-out. */
  maxTransactionRecords: 10_000,
  maxTransactionBytes: 32 * MIB,
  /** jti replay store rows; at 200 bytes a row 1M tokens are 200 MB of disk. */
  maxTokenIds: 1_000_000,
  progressIntervalMs: 10_000,
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
  /** Frames committed to the journal in one SQLite transaction. */
  maxCommitFrames: 16,
  maxJournalBytes: 8 * 1024 * MIB,
  /** Frames loaded from the journal ahead of the link. */
  maxInFlightFrames: 64,
  /** Token bucket: one burst of at most this long at the configured rate. */
  maxBurstMs: 2,
  /** Datagrams handed to the socket and not yet called back. */
  maxQueuedDatagrams: 256,
  maxRejectFileBytes: 64 * MIB,
} as const;

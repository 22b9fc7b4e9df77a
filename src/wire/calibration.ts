/**
 * The calibration datagram: one of a sweep that measures a link. docs/wire-format.md, "Calibration".
 *
 *   0        1        2        3        4                 8        9                          15
 *   +--------+--------+--------+--------+-----------------+--------+--------------------------+
 *   | 0x1D   | 0x01   | suite  | 0x50   | run id, first 4 | 0      | counter (48 bits)        |
 *   +--------+--------+--------+--------+-----------------+--------+--------------------------+
 *   15                                                    27       28                 28 + S
 *   +-----------------------------------------------------+--------+------------------+-------+
 *   | run id, the other 12                                | 0      | what it says     | tag16 |
 *   +-----------------------------------------------------+--------+------------------+-------+
 *
 *   28     29     30     31     32      34       36              42             48
 *   +------+------+------+------+-------+--------+---------------+--------------+
 *   | role | step | steps| 0    | pass  | passes | started at 48 | rate 48      |
 *   +------+------+------+------+-------+--------+---------------+--------------+
 *   48               50              52       54         58         62             68
 *   +----------------+---------------+--------+----------+----------+--------------+--------+
 *   | datagram bytes | wire bytes    | burst  | count 32 | index 32 | elapsed 48   | zeros  |
 *   +----------------+---------------+--------+----------+----------+--------------+--------+
 */
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { DATAGRAM_KIND, FORMAT, HEADER_BYTES, MAGIC, TAG_BYTES } from './datagram.ts';
import { SUITE_1 } from './frame.ts';

/** `probe`: one of those that are counted. `mark`: says, behind a step, what was sent in it. */
export type CalibrationRole = 'probe' | 'mark';

/** What a sender does in one step. */
export interface CalibrationStep {
  /** On the wire, with what the link adds. */
  readonly rateBitsPerSecond: number;
  /** Length of each probe. */
  readonly datagramBytes: number;
  /** Bytes of each probe on the wire, with what the link adds. */
  readonly wireBytes: number;
  /** Probes that leave at once, at the speed of the cable; 0: spaced as the sender spaces what it sends. */
  readonly burst: number;
}

export interface CalibrationMessage extends CalibrationStep {
  readonly role: CalibrationRole;
  /** 1 to `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Which round of the whole sweep it is: 1, 2, 3 …; `passes` is 0 where it goes on until somebody stops it. */
  readonly pass: number;
  readonly passes: number;
  /** When the run began, by the sender's clock. */
  readonly startedAtMs: number;
  /** Of a probe: how many the step is to have. Of a mark: how many were sent. */
  readonly count: number;
  /** In the step, from 0; of a mark: 0. */
  readonly index: number;
  /** Microseconds since the step's first probe left; of a mark: until the last one did. */
  readonly elapsedUs: number;
}

export interface CalibrationHeader {
  /** 16 random bytes. */
  readonly runId: Uint8Array;
  /** 1, 2, 3 … over the whole run. */
  readonly counter: number;
}

export const RUN_ID_BYTES = 16;
const SAID_BYTES = 40;
const ROLES: readonly (CalibrationRole | undefined)[] = [undefined, 'probe', 'mark'];
const HANDLE_BYTES = 4;

/** The length of a symbol in such a datagram. */
export function symbolBytesOf({ datagramBytes }: Pick<CalibrationStep, 'datagramBytes'>): number {
  return datagramBytes - HEADER_BYTES - TAG_BYTES;
}

/** Writes the 28 header bytes to the front of `into`. */
export function writeCalibrationHeader(into: Buffer, { runId, counter }: CalibrationHeader): void {
  into.fill(0, 0, HEADER_BYTES);
  into[0] = MAGIC;
  into[1] = FORMAT;
  into[2] = SUITE_1;
  into[3] = DATAGRAM_KIND.calibration << 4;
  into.set(runId.subarray(0, HANDLE_BYTES), 4);
  into.writeUIntBE(counter, 9, 6);
  into.set(runId.subarray(HANDLE_BYTES, RUN_ID_BYTES), 15);
}

/** Of a datagram that `datagramKind` told to be one; nothing in it is authentic before its tag holds. */
export function readCalibrationHeader(bytes: Buffer): CalibrationHeader {
  const runId = Buffer.concat([bytes.subarray(4, 8), bytes.subarray(15, 15 + RUN_ID_BYTES - HANDLE_BYTES)]);
  return { runId, counter: bytes.readUIntBE(9, 6) };
}

/**
 * The plaintext of a datagram of `datagramBytes`: what it says, and zeros. The caller guarantees the ranges, and that `said` was
 * written by nobody else.
 */
export function encodeCalibration(
  message: CalibrationMessage,
  datagramBytes: number,
  said: Buffer = Buffer.alloc(datagramBytes - HEADER_BYTES - TAG_BYTES),
): Buffer {
  said[0] = ROLES.indexOf(message.role);
  said[1] = message.step;
  said[2] = message.steps;
  said.writeUInt16BE(message.pass, 4);
  said.writeUInt16BE(message.passes, 6);
  said.writeUIntBE(message.startedAtMs, 8, 6);
  said.writeUIntBE(message.rateBitsPerSecond, 14, 6);
  said.writeUInt16BE(message.datagramBytes, 20);
  said.writeUInt16BE(message.wireBytes, 22);
  said.writeUInt16BE(message.burst, 24);
  said.writeUInt32BE(message.count, 26);
  said.writeUInt32BE(message.index, 30);
  said.writeUIntBE(message.elapsedUs, 34, 6);
  return said;
}

/** What an authentic datagram says, or `calibration-field`. Never throws. */
export function decodeCalibration(said: Buffer): CalibrationMessage | 'calibration-field' {
  const role = said.length < SAID_BYTES ? undefined : ROLES[said.readUInt8(0)];
  if (role === undefined) return 'calibration-field';
  const message: CalibrationMessage = {
    role,
    step: said.readUInt8(1),
    steps: said.readUInt8(2),
    pass: said.readUInt16BE(4),
    passes: said.readUInt16BE(6),
    startedAtMs: said.readUIntBE(8, 6),
    rateBitsPerSecond: said.readUIntBE(14, 6),
    datagramBytes: said.readUInt16BE(20),
    wireBytes: said.readUInt16BE(22),
    burst: said.readUInt16BE(24),
    count: said.readUInt32BE(26),
    index: said.readUInt32BE(30),
    elapsedUs: said.readUIntBE(34, 6),
  };
  return isSound(message, said) ? message : 'calibration-field';
}

function isSound(message: CalibrationMessage, said: Buffer): boolean {
  const { role, step, steps, pass, passes, rateBitsPerSecond, datagramBytes, wireBytes, count, index } = message;
  const { maxSteps, maxStepDatagrams } = CALIBRATION_LIMITS;
  const isPlaced = step >= 1 && step <= steps && steps <= maxSteps && pass >= 1 && (passes === 0 || pass <= passes);
  const symbolBytes = symbolBytesOf(message);
  const isSized = symbolBytes >= SAID_BYTES && symbolBytes <= WIRE_LIMITS.maxSymbolBytes && wireBytes >= datagramBytes;
  const isCounted = count >= 1 && count <= maxStepDatagrams && index < count;
  const isOfRole = role === 'probe' ? said.length === symbolBytes : index === 0;
  return said[3] === 0 && rateBitsPerSecond >= 1 && isPlaced && isSized && isCounted && isOfRole;
}

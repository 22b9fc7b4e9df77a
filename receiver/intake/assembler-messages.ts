/**
 * What the thread that reads the link and the one that decides tell each other. All of it is plain data; the bytes of frames
 * are handed over, not copied. Each side takes the other's in the order in which they were posted.
 */
import type { AssembledFrame, AssemblerHoldings, BlockSample, DatagramOutcome, RepeatPlan } from './assembler.ts';
import type { KnownFrame, WantedPlaces } from './frame-filter.ts';
import type { OpenedSession } from './session-table.ts';

/** What the gate wants, as of its last decision. */
export interface WantedState extends WantedPlaces {
  /** That were not named before. */
  readonly known: readonly KnownFrame[];
}

/** To the thread that reads. Taken in the order of the members: a session finds what is wanted of its epoch. */
export interface AssemblerOrder {
  readonly wanted?: WantedState;
  /** Whether spool and disk have room. */
  readonly isAccepting?: boolean;
  readonly session?: { readonly opened: OpenedSession; readonly link: RepeatPlan };
  /** Of what reports took, so much waits no longer. */
  readonly taken?: ReportMemory;
}

/** What a report takes of the memory that may wait: of each so much, whatever the other takes. */
export interface ReportMemory {
  readonly frameBytes: number;
  /** Of hellos and control datagrams. */
  readonly deskBytes: number;
}

/** Counters rise for ever from the start of the program. */
export interface AssemblerFigures extends AssemblerHoldings {
  /** Of the datagrams that were not passed on. */
  readonly datagrams: Readonly<Record<DatagramOutcome, number>>;
  readonly datagramBytes: number;
  readonly recalledDatagrams: number;
  /** How often so much waited for the other thread that nothing more was read, or taken. */
  readonly pauses: number;
}

/** From the thread that reads. */
export interface AssemblerReport {
  /** Hellos and control blocks: nothing of them was looked at. */
  readonly datagrams: readonly Buffer[];
  readonly frames: readonly AssembledFrame[];
  readonly blocks: readonly BlockSample[];
  /** A symbol of a wanted frame came since the last report. */
  readonly isWantedHeard: boolean;
  readonly figures: AssemblerFigures;
  readonly memory: ReportMemory;
}

/** Whatever it holds: what is posted one by one costs more than its length. */
const ITEM_BYTES = 1_024;
const SAMPLE_BYTES = 320;

export function memoryOf({
  datagrams,
  frames,
  blocks,
}: Pick<AssemblerReport, 'datagrams' | 'frames' | 'blocks'>): ReportMemory {
  return {
    frameBytes: frames.reduce((sum, { bytes }) => sum + itemBytes(bytes.buffer), blocks.length * SAMPLE_BYTES),
    deskBytes: datagrams.reduce((sum, { buffer }) => sum + itemBytes(buffer), 0),
  };
}

export function itemBytes({ byteLength }: { readonly byteLength: number }): number {
  return byteLength + ITEM_BYTES;
}

/** What is handed over, and not copied. */
export function transferOf({ frames }: AssemblerReport): ArrayBuffer[] {
  return frames.map(({ bytes }) => bytes.buffer as ArrayBuffer);
}

/** As it was before it was posted: what comes from another thread is no Buffer any more. */
export function asBuffers(report: AssemblerReport): AssemblerReport {
  return {
    ...report,
    datagrams: report.datagrams.map(bufferOver),
    frames: report.frames.map((frame) => ({ ...frame, bytes: bufferOver(frame.bytes) })),
  };
}

function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

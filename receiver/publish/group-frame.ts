/** A verified frame on its way through the back half: its records, or why the frame is refused as a whole. */
import type { FrameHeader } from '../../src/wire/frame.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import type { UnpackReason } from './unpacker.ts';

export interface GroupFrame {
  /** In the spool: release order, rising. */
  readonly position: number;
  readonly header: FrameHeader;
  /** Lower-case hex of the SHA-256 of the header. */
  readonly digest: string;
  /** Wall clock here, when it was released, or began to wait for one below it. */
  readonly receivedAtMs: number;
  readonly content: readonly WireRecord[] | UnpackReason;
}

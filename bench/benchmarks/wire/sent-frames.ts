/** What a sender journaled, read from its directory after it ended. */
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { openStoreReadOnly } from '../../../src/store/database.ts';
import { decodeFrame } from '../../../src/wire/frame.ts';

export interface SentFrame {
  readonly records: number;
  /** Header, signature and compressed records: what is cut into symbols. */
  readonly frameBytes: number;
  /** The compressed records alone. */
  readonly payloadBytes: number;
}

/** By sequence. */
export function readSentFrames(senderDirectory: string): ReadonlyMap<number, SentFrame> {
  const store = openStoreReadOnly(directoryLayout('diode-sender', senderDirectory).store);
  try {
    const rows = store.prepare('SELECT sequence, records, frame FROM frame').all() as Row[];
    return new Map(rows.map((row) => [row.sequence, sentFrame(row)]));
  } finally {
    store.close();
  }
}

interface Row {
  readonly sequence: number;
  readonly records: number;
  readonly frame: Buffer;
}

function sentFrame({ records, frame }: Row): SentFrame {
  const parts = decodeFrame(frame);
  if (typeof parts === 'string') throw new Error(`the journal holds no frame but ${parts}`);
  return { records, frameBytes: frame.length, payloadBytes: parts.payload.length };
}

/** Packed frames: packer ─► [signed and journaled, each with its predecessor's digest] ─► transmitter. */
import type { FrameSigner, SignedFrame } from './frame-signer.ts';
import type { Journal } from './journal.ts';
import type { Packer } from './packer.ts';

/** Inside the journal's transaction. The packer started from the journal's head, and is done. */
export function signPacked(
  wallMs: number,
  packer: Packer,
  { journal, signer }: { readonly journal: Journal; readonly signer: FrameSigner },
): SignedFrame[] {
  const frames: SignedFrame[] = [];
  for (const { sequence, records } of packer.finish()) {
    const { epoch, epochId, digest } = journal.head;
    const frame = signer.sign({ epoch, epochId, sequence, previousDigest: digest, createdAtMs: wallMs, records });
    journal.append(frame);
    frames.push(frame);
  }
  return frames;
}

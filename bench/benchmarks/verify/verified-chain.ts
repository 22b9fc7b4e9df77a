/** What the receiver does with frames before it decides on their records, and what came of it. Pure. */
import { type VerifiedFrame, verifyFrame } from '../../../receiver/intake/frame-verifier.ts';
import { unpackFrame } from '../../../receiver/publish/unpacker.ts';
import { equalBytes } from '../../../src/crypto/digest.ts';
import type { IdentityRules } from '../../../src/identity/identity-rules.ts';
import { checkRecordAgainstRules } from '../../../src/identity/record-check.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import type { SignedFrames } from './signed-frames.ts';

/** Digest, signature and chain of all; or what the first is refused for. */
export function verifyChain({ frames, publicKey, previousDigest }: SignedFrames): readonly VerifiedFrame[] | string {
  const keys = { find: () => publicKey };
  const verified: VerifiedFrame[] = [];
  let digest = previousDigest;
  for (const bytes of frames) {
    const frame = verifyFrame(bytes, keys);
    if (typeof frame === 'string') return frame;
    if (!equalBytes(frame.header.previousDigest, digest)) return 'chain';
    digest = frame.digest;
    verified.push(frame);
  }
  return verified;
}

/** As above, then unpacked and held against the grammar: the Kafka value of each record; or the first refusal. */
export function readRecords(signed: SignedFrames, rules: IdentityRules): readonly string[] | string {
  const verified = verifyChain(signed);
  if (typeof verified === 'string') return verified;
  const values: string[] = [];
  for (const { header, payload } of verified) {
    const records = unpackFrame(header, payload);
    if (typeof records === 'string') return records;
    for (const record of records) {
      if (record.kind !== 'delta') return `a record of kind ${record.kind}`;
      const checked = checkRecordAgainstRules(rules, record);
      if (isRefusal(checked)) return checked.refused;
      values.push(checked.value ?? '');
    }
  }
  return values;
}

/** Three ways to be wrong, each of which must be seen: a bit of the payload, a bit of the header, a frame left out. */
export function tamperFaults(signed: SignedFrames): string[] {
  const [first, ...others] = signed.frames as [Uint8Array, ...Uint8Array[]];
  const answers = {
    'a changed payload': verifyChain({ ...signed, frames: [flipped(first, first.length - 1), ...others] }),
    'a changed header': verifyChain({ ...signed, frames: [flipped(first, 60), ...others] }),
    'a missing frame': verifyChain({ ...signed, frames: others }),
  };
  return Object.entries(answers).flatMap(([what, answer]) =>
    typeof answer === 'string' ? [] : [`${what} was taken as good`],
  );
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

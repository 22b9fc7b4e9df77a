/** The code of a bundle: what stands on the paper that travels with it, and is compared on either side. */
import { encodePaperCode } from '../wire/paper-code.ts';

/** Of the manifest digest: as long as nobody finds another manifest with the same 16 bytes, which a signer alone could try. */
export const BUNDLE_CODE_BYTES = 16;

/** 33 characters in groups of five. */
export function bundleCode(digest: Uint8Array): string {
  return encodePaperCode({ kind: 'B', bytes: digest.subarray(0, BUNDLE_CODE_BYTES) });
}

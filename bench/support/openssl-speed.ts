/** What OpenSSL's own benchmark says of an algorithm on this machine: the limit that no program in front of it can pass. */
import { execFileSync } from 'node:child_process';

export interface OpensslRate {
  /** By CPU time, so whoever shares the core does not enter it. */
  readonly perCoreSecond: number;
  /** By the clock on the wall. */
  readonly perSecond: number;
}

/** `ed25519`, `ecdsap256` and `rsa2048` count verifications, digests and ciphers such as `sha256` bytes. */
export interface OpensslWork {
  readonly algorithm: string;
  /** Of a digest or cipher: bytes of one message. */
  readonly messageBytes?: number;
}

export function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3');
  } catch {
    return false;
  }
}

/** Takes twice `seconds` where the algorithm signs as well. */
export function opensslRate({ algorithm, messageBytes }: OpensslWork, seconds: number): OpensslRate {
  const what = messageBytes === undefined ? [algorithm] : ['-bytes', String(messageBytes), '-evp', algorithm];
  // What it counts while it runs goes to standard error.
  const script = 'exec openssl speed "$@" 2>&1';
  const args = ['-c', script, 'openssl', '-mr', '-seconds', String(seconds), ...what];
  const text = execFileSync('sh', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return parseSpeed(text, { messageBytes: messageBytes ?? 1, seconds });
}

/**
 * The last count of `openssl speed -mr` (3.x): `+R9:calls:bits:name:CPU seconds` of a signature, whose verifications come
 * behind its signings, `+R:calls:name:CPU seconds` of a digest.
 */
export function parseSpeed(
  text: string,
  { messageBytes, seconds }: { readonly messageBytes: number; readonly seconds: number },
): OpensslRate {
  const counted = [...text.matchAll(/^\+R\d*:(\d+):(?:.*:)?([\d.]+)$/gm)].at(-1);
  const [calls, cpuSeconds] = [Number(counted?.[1]), Number(counted?.[2])];
  if (!(calls > 0 && cpuSeconds > 0)) throw new Error(`openssl speed said nothing that can be read: ${text}`);
  return { perCoreSecond: (calls * messageBytes) / cpuSeconds, perSecond: (calls * messageBytes) / seconds };
}

/**
 * A process of its own that holds a PKCS#11 token's library, whose calls block for as long as they like: hosted-signer.ts asks it
 * over the channel of a fork, and kills it where it hangs. It ends with whoever asks; where that one was killed, once the calls that
 * it was asked for have returned.
 */
import type { Pkcs11Config, SigningAlgorithm } from '../config/signer-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { pinSource } from './pin-source.ts';
import { openPkcs11Key, type Pkcs11Key } from './pkcs11-key.ts';
import type { PublicJwk } from './signer.ts';
import { TokenLogin } from './token-login.ts';

export type HostQuestion =
  | {
      readonly kind: 'open';
      readonly config: Pkcs11Config;
      readonly algorithm: SigningAlgorithm;
      /** A PIN that a host before this one was refused with. */
      readonly refusedPin: string | undefined;
    }
  | { readonly kind: 'sign'; readonly payloads: readonly Uint8Array[] };

/** One to `open`; to `sign` as many outcomes as payloads, in their order, in as many answers as it takes. */
export type HostAnswer =
  | { readonly kind: 'opened'; readonly publicJwk: PublicJwk }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly HostOutcome[]; readonly refusedPin: string | undefined }
  | { readonly kind: 'not-opened'; readonly failure: HostFailure; readonly refusedPin: string | undefined };

export type HostOutcome = Uint8Array | HostFailure;

export interface HostFailure {
  readonly code: DiodeError['code'];
  readonly seen: string;
  readonly cure: string;
}

/** Signatures wait so long for others: a fast token's go together, a slow one's each for itself. */
const GATHER_MS = 5;

let key: Pkcs11Key | undefined;
let login: TokenLogin | undefined;

process.on('message', (question: HostQuestion) => {
  if (question.kind === 'open') open(question);
  else sign(question.payloads);
});
process.on('disconnect', () => {
  key?.close();
  process.exit(0);
});
// A terminal and a service manager send these to the whole group: what was asked is still to be signed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function open({ config, algorithm, refusedPin }: HostQuestion & { readonly kind: 'open' }): void {
  try {
    login = new TokenLogin({ token: config.token, pin: pinSource(config, process.env), refusedPin });
    key = openPkcs11Key(config, algorithm, login);
    answer({ kind: 'opened', publicJwk: key.publicJwk });
  } catch (error) {
    answer({ kind: 'not-opened', failure: failureOf(error), refusedPin: login?.refusedPin });
  }
}

/** After a failure the rest shares it: a token that is gone is waited for once, not once for each. */
function sign(payloads: readonly Uint8Array[]): void {
  let outcomes: HostOutcome[] = [];
  let failure: HostFailure | undefined;
  let sentMs = performance.now();
  for (const [at, payload] of payloads.entries()) {
    try {
      outcomes.push(failure ?? (key as Pkcs11Key).sign(payload));
    } catch (error) {
      failure = failureOf(error);
      outcomes.push(failure);
    }
    const isLast = at === payloads.length - 1;
    if (!isLast && performance.now() - sentMs < GATHER_MS) continue;
    answer({ kind: 'outcomes', outcomes, refusedPin: login?.refusedPin });
    outcomes = [];
    sentMs = performance.now();
  }
}

function answer(what: HostAnswer): void {
  process.send?.(what);
}

function failureOf(error: unknown): HostFailure {
  if (error instanceof DiodeError) return { code: error.code, seen: error.seen, cure: error.cure };
  const seen = `What holds the token failed (${error instanceof Error ? error.message : String(error)}).`;
  return { code: 'signer-failed', seen, cure: 'See whether the token is plugged in and answers; it is tried again.' };
}

/** The two bundles of a run, and the receiver's files for them; who signs them and how they are judged is real. */
import type { TrustFiles } from '../../receiver/trust/running-trust.ts';
import { adopt, type TrustState } from '../../receiver/trust/trust-state.ts';
import { type CarriedTrust, judgeCarried } from '../../sender/trust/carried-trust.ts';
import { firstRoot, signedBundle } from '../support/root-ceremony.ts';
import { ISSUER, KEPT_KEY, REVOKED_KEY } from './model-tokens.ts';
import { NEXT_SIGNING, SENDER_AGREEMENT, SIGNING, START_MS, STREAM } from './site.ts';
import type { TrustPlan } from './trust-plan.ts';

/** What the receiver trusts from the start: all that signs then. */
export function firstTrust(): TrustState {
  const judged = adopt({ roots: [firstRoot()], bundle: undefined }, [bundle(1)], { stream: STREAM, nowMs: START_MS });
  if (judged.outcome === 'refused') throw new Error(judged.problem.seen);
  return judged.state;
}

export function secondTrust({ cutOverMs }: TrustPlan): CarriedTrust {
  const carried = judgeCarried([bundle(SECOND, cutOverMs)]);
  if ('problem' in carried) throw new Error(carried.problem.seen);
  return carried;
}

export const SECOND = 2;
const DAY_MS = 86_400_000;

/** On a disk that no fault of a run strikes. */
export class ModelTrustFiles implements TrustFiles {
  #state = firstTrust();

  read(): TrustState {
    return this.#state;
  }

  adopt(texts: readonly string[], { approve, ...context }: Parameters<TrustFiles['adopt']>[1]) {
    const adoption = adopt(this.#state, texts, context);
    if (adoption.outcome !== 'adopted') return adoption;
    approve(this.#state, adoption.state);
    this.#state = adoption.state;
    return adoption;
  }
}

function bundle(version: number, cutOverMs?: number): string {
  const atMs = cutOverMs === undefined ? undefined : START_MS + cutOverMs;
  const old = { signingKey: SIGNING.publicKey, activeFromMs: 0, ...(atMs !== undefined && { passiveFromMs: atMs }) };
  const next = atMs === undefined ? [] : [{ signingKey: NEXT_SIGNING.publicKey, activeFromMs: atMs }];
  return signedBundle({
    version,
    senders: [{ stream: STREAM, agreementKey: SENDER_AGREEMENT.publicKey, keys: [old, ...next] }],
    issuers: [
      {
        issuer: ISSUER,
        audience: ['api'],
        algorithms: ['EdDSA'],
        types: ['JWT'],
        maxLifetimeSeconds: 3_600,
        clockSkewSeconds: 0,
        keys: [
          { jwk: jwkOf(KEPT_KEY), activeFromMs: 0 },
          // Whatever time it is: the bundle alone decides.
          {
            jwk: jwkOf(REVOKED_KEY),
            activeFromMs: 0,
            ...(version === SECOND && { revokedFromMs: START_MS - 2 * DAY_MS }),
          },
        ],
      },
    ],
  }).trim();
}

/** No signature of these is ever looked at. */
function jwkOf(kid: string) {
  return { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(SIGNING.publicKey).toString('base64url'), kid };
}

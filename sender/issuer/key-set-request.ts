/** `key-sets --approve` and `--reject` ─► [request] ─► the running sender: an operator's word on one key set. */
import type { RequestHandler } from '../../src/ops/request-desk.ts';
import type { ForeignIssuers } from './foreign-issuers.ts';

export interface KeySetRequest {
  readonly decision: 'approved' | 'rejected';
  /** Lower-case hex, of the set as it is carried. */
  readonly sha256: string;
}

/** Durable when it answers; the same request again changes nothing. */
export function keySetHandler(issuers: ForeignIssuers, wake: () => void): RequestHandler {
  return ({ body }) => {
    const { decision, sha256 } = (body ?? {}) as Partial<Record<keyof KeySetRequest, unknown>>;
    if ((decision !== 'approved' && decision !== 'rejected') || typeof sha256 !== 'string') {
      return { outcome: 'refused', reason: 'The request is not of its form.' };
    }
    const answer = issuers.decide(decision, sha256);
    if ('refused' in answer) return { outcome: 'refused', reason: answer.refused };
    wake();
    return { outcome: 'done', detail: { issuer: answer.issuer, decision, sha256 } };
  };
}

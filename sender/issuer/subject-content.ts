/** State of subjects ─► [subject content]: what a subject's token has to say now. Pure but for the state that it reads. */
import type { TokenIssuerConfig } from '../../src/config/sender-config.ts';
import type { JsonObject, JsonValue } from '../../src/identity/json-value.ts';
import { subjectKey } from '../../src/identity/key.ts';
import { ISSUER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { SubjectState } from '../journal/subject-state.ts';
import { asksForGroupNames, asksForGroups, type IssuableSubject, mapClaims, textAt, valueAt } from './claim-mapping.ts';
import { confirmationOf } from './holder-key.ts';
import type { IssueProblem } from './issue-plan.ts';
import type { TokenContent } from './token-text.ts';

export interface SubjectContentParts {
  readonly config: TokenIssuerConfig;
  readonly state: SubjectState;
}

export class SubjectContent {
  /** A subject that joins a group or leaves it has another token. */
  readonly readsGroups: boolean;
  /** So have the members of a group that is renamed. */
  readonly namesGroups: boolean;
  readonly #parts: SubjectContentParts;

  constructor(parts: SubjectContentParts) {
    const { claims, subject, confirmation } = parts.config;
    this.#parts = parts;
    this.readsGroups = [...Object.values(claims), subject, confirmation?.from ?? ''].some(asksForGroups);
    this.namesGroups = Object.values(claims).some(asksForGroupNames);
  }

  /** Undefined for a subject that has no tokens. */
  of(key: string, audience: string): TokenContent | IssueProblem | undefined {
    const { config, state } = this.#parts;
    const found = state.subjectAt(key);
    if (found === undefined || found.type !== config.subjectType) return undefined;
    const resource = JSON.parse(found.resource) as JsonObject;
    if (resource.active === false) return undefined;
    const subject: IssuableSubject = { resource, groups: this.#groupsOf(found.type, found.id) };
    const sub = textAt(subject, config.subject, WIRE_LIMITS.maxIdBytes);
    if (sub === undefined) return 'subject';
    const more: Record<string, JsonValue> = mapClaims(config.claims, subject);
    const { confirmation } = config;
    const holderKey = confirmation && valueAt(subject, confirmation.from);
    if (confirmation !== undefined && holderKey !== undefined) {
      const cnf = confirmationOf(holderKey, confirmation.as);
      if (cnf === undefined) return 'holder-key';
      more.cnf = cnf;
    }
    if (Buffer.byteLength(JSON.stringify(more)) > ISSUER_LIMITS.maxClaimBytes) return 'too-large';
    return { iss: config.issuer, sub, aud: audience, client_id: config.clientId, more };
  }

  #groupsOf(type: string, id: string): IssuableSubject['groups'] {
    if (!this.readsGroups) return [];
    const { state } = this.#parts;
    return state.groupsOf(type, id).map((value) => {
      if (!this.namesGroups) return { value };
      const group = state.subjectAt(subjectKey('Group', value));
      const { displayName } = group === undefined ? {} : (JSON.parse(group.resource) as JsonObject);
      return typeof displayName === 'string' ? { value, display: displayName } : { value };
    });
  }
}

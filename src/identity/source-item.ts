/** What a source says, parsed: made by `parseSourceLine` alone, and by later sources that speak SCIM themselves. */
import type { RevocationTarget } from '../wire/record.ts';

interface Common {
  /** When the source says that it happened. */
  readonly atMs?: number;
}

export interface PutItem extends Common {
  readonly kind: 'put';
  readonly type: string;
  readonly id: string;
  /** Canonical JSON, checked, without `members`. */
  readonly resource: string;
  /** Of a Group: all its members after the change; absent: memberships stay as they are. Each member once. */
  readonly members?: readonly MemberReference[];
}

export interface MemberReference {
  readonly member: string;
  readonly memberType: string;
}

export interface DeleteItem extends Common {
  readonly kind: 'delete';
  readonly type: string;
  readonly id: string;
}

export interface MemberPutItem extends Common, MemberReference {
  readonly kind: 'member-put';
  readonly group: string;
}

export interface MemberDeleteItem extends Common {
  readonly kind: 'member-delete';
  readonly group: string;
  readonly member: string;
}

export interface TokenItem extends Common {
  readonly kind: 'token';
  readonly jws: string;
}

export interface RevocationItem extends Common {
  readonly kind: 'revocation';
  readonly issuer: string;
  readonly target: RevocationTarget;
}

export interface KeySetItem extends Common {
  readonly kind: 'key-set';
  readonly issuer: string;
  /** Canonical JSON of {"keys":[…]}, public members only. */
  readonly jwks: string;
}

export interface StatusItem extends Common {
  readonly kind: 'status';
  readonly issuer: string;
  readonly asOfMs: number;
  readonly nextByMs: number;
}

export type SourceItem =
  | PutItem
  | DeleteItem
  | MemberPutItem
  | MemberDeleteItem
  | TokenItem
  | RevocationItem
  | StatusItem
  | KeySetItem;

/**
 * A signed record against the same rules that the sender applied: a signature says who spoke, not that what was said is
 * in the grammar. What passes comes back as what Kafka gets, rebuilt from the checked values.
 */

import { WIRE_LIMITS } from '../limits.ts';
import type { DeltaRecord, KeySetRecord, MemberRecord } from '../wire/record.ts';
import { canonicalJson, parseCanonicalJson } from './canonical-json.ts';
import { checkOwner, findGroup, findType, type IdentityRules, isIssuerCarried } from './identity-rules.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { jwksKey, memberKey, subjectKey } from './key.ts';
import { publicKeySet } from './key-set.ts';
import { checkText } from './line-fields.ts';
import { checkRecordBytes } from './record-size.ts';
import { isRefusal, type Refusal, refuse, within } from './refusal.ts';
import { checkAttributes, checkId } from './resource-check.ts';
import { LAST_PRINTABLE_MS } from './rfc3339.ts';
import { MEMBER_SCHEMA } from './scim-schema.ts';

export interface CheckedRecord {
  /** Kafka key; at most `maxKeyBytes`. */
  readonly key: string;
  /** Kafka value, canonical JSON; undefined: a tombstone. With key and headers at most `maxRecordBytes`. */
  readonly value: string | undefined;
  /** The tree of a subject's value. */
  readonly resource?: JsonObject;
}

/** What the record publishes, or why it goes to quarantine. Never throws. */
export function checkRecordAgainstRules(
  rules: IdentityRules,
  record: DeltaRecord | MemberRecord | KeySetRecord,
): CheckedRecord | Refusal {
  if (record.atMs !== undefined && record.atMs > LAST_PRINTABLE_MS) {
    return refuse('record-field', 'atMs', 'The time lies beyond the year 9999.');
  }
  switch (record.kind) {
    case 'delta':
      return checkReason(record.reason) ?? checkDelta(rules, record);
    case 'member':
      return checkReason(record.reason) ?? checkMember(rules, record);
    case 'key-set':
      return checkKeySet(rules, record);
  }
}

const REASON = /^[a-z0-9-]*$/;

function checkReason(reason: string | undefined): Refusal | undefined {
  if (reason === undefined || (REASON.test(reason) && reason.length <= WIRE_LIMITS.maxReasonBytes)) return undefined;
  return refuse('record-field', 'reason', 'A reason is lower-case letters, digits and hyphens: it becomes a header.');
}

function checkDelta(rules: IdentityRules, record: DeltaRecord): CheckedRecord | Refusal {
  const type = findType(rules, record.type);
  if (isRefusal(type)) return type;
  const key = subjectKey(record.type, record.id);
  // Whatever is encoded becomes longer.
  const isUnreserved = key.length === record.type.length + 1 + record.id.length;
  const refusal = checkId(record.id, isUnreserved) ?? checkOwner(type, record.id);
  if (refusal !== undefined) return refusal;
  if (record.operation === 'delete') {
    return record.resource === undefined
      ? { key, value: undefined }
      : refuse('record-field', 'resource', 'A delete carries no resource.');
  }
  const parsed = parseCanonicalJson(record.resource ?? '');
  if (isRefusal(parsed)) return within('resource', parsed);
  const resource = parsed.value;
  if (!isJsonObject(resource)) return refuse('record-field', 'resource', 'A resource is an object.');
  if (resource.id !== record.id) return refuse('id-mismatch', 'resource.id', 'The record names another id.');
  const refused = checkAttributes(type, resource);
  if (refused !== undefined) return within('resource', refused);
  // The text is its own canonical form, so it is what rebuilding the resource would give.
  const value = record.resource as string;
  return checkRecordBytes(key, value, 'resource') ?? { key, value, resource };
}

function checkMember(rules: IdentityRules, record: MemberRecord): CheckedRecord | Refusal {
  const group = findGroup(rules);
  if (isRefusal(group)) return group;
  const refusal = checkId(record.group) ?? checkOwner(group, record.group) ?? checkId(record.member);
  if (refusal !== undefined) return refusal;
  const key = memberKey(record.group, record.member);
  if (record.operation === 'delete') {
    return record.memberType === undefined
      ? { key, value: undefined }
      : refuse('record-field', 'memberType', 'A delete carries no member type.');
  }
  const { memberType } = record;
  if (memberType === undefined || !rules.memberTypes.has(memberType)) {
    return refuse('type-unknown', 'memberType', 'A member is a User, a Group or of a declared type.');
  }
  const value = { schemas: [MEMBER_SCHEMA], group: record.group, member: record.member, type: memberType };
  return { key, value: canonicalJson(value) };
}

function checkKeySet(rules: IdentityRules, record: KeySetRecord): CheckedRecord | Refusal {
  const wrong = checkText(record.issuer, 'issuer', WIRE_LIMITS.maxIssuerBytes);
  if (wrong !== undefined) return wrong;
  if (!isIssuerCarried(rules, record.issuer)) {
    return refuse('issuer-not-carried', 'issuer', 'This stream does not carry the issuer; see identity.tokenIssuers.');
  }
  const parsed = parseCanonicalJson(record.jwks);
  if (isRefusal(parsed)) return within('jwks', parsed);
  const rebuilt = isJsonObject(parsed.value) ? publicKeySet(parsed.value.keys) : undefined;
  if (typeof rebuilt === 'object') return within('jwks', rebuilt);
  // Rebuilding drops what is not known to be public: another text held more than that.
  if (rebuilt !== record.jwks) return refuse('key-set-invalid', 'jwks', 'The key set holds more than public members.');
  return { key: jwksKey(record.issuer), value: rebuilt };
}

import assert from 'node:assert/strict';
import { isCanonicalJson } from '../../../src/identity/canonical-json.ts';
import { checkRecordAgainstRules } from '../../../src/identity/record-check.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import type { DeltaRecord, KeySetRecord, MemberRecord, Operation } from '../../../src/wire/record.ts';
import { InputReader } from '../input-reader.ts';
import { SCIM_RULES } from '../scim-rules.ts';

export function fuzz(input: Buffer): void {
  const checked = checkRecordAgainstRules(SCIM_RULES, readRecord(new InputReader(input)));
  if (isRefusal(checked)) {
    assert.match(checked.path, /^[ -~…]*$/, 'a path is printable');
    return;
  }
  const { key, value } = checked;
  assert.match(key, /^[!-~]+$/);
  assert.ok(key.length <= WIRE_LIMITS.maxKeyBytes);
  if (value !== undefined) assert.ok(isCanonicalJson(value));
}

function readRecord(reader: InputReader): DeltaRecord | MemberRecord | KeySetRecord {
  const kind = reader.choice(['delta', 'member', 'key-set'] as const);
  const operation = reader.choice<Operation>(['put', 'create', 'delete']);
  const reason = reader.boolean() ? { reason: reader.text() } : {};
  switch (kind) {
    case 'delta': {
      const type = reader.choice(['User', 'Group', 'Role', 'Member', '']);
      const id = reader.text();
      const rest = reader.rest().toString('utf8');
      return { kind, operation, type, id, ...(rest !== '' && { resource: rest }), ...reason };
    }
    case 'member': {
      const memberType = reader.boolean() ? { memberType: reader.text() } : {};
      return { kind, operation, group: reader.text(), member: reader.text(), ...memberType, ...reason };
    }
    case 'key-set':
      return { kind, issuer: reader.text(), jwks: reader.rest().toString('utf8') };
  }
}

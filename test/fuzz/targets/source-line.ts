import assert from 'node:assert/strict';
import { Differ } from '../../../sender/journal/differ.ts';
import { checkRecordAgainstRules } from '../../../src/identity/record-check.ts';
import { isRefusal } from '../../../src/identity/refusal.ts';
import { parseSourceLine } from '../../../src/identity/source-line.ts';
import { decodePayload, encodePayload, encodeRecord } from '../../../src/wire/record.ts';
import { SCIM_RULES } from '../scim-rules.ts';

const READ_AT_MS = Date.UTC(2026, 10, 22, 10);
const differ = new Differ({
  hasSubject: () => false,
  memberType: () => undefined,
  membersOf: () => [],
  groupsOf: () => [],
});

export function fuzz(input: Buffer): void {
  const item = parseSourceLine(SCIM_RULES, input.toString('utf8'), READ_AT_MS);
  if (isRefusal(item)) {
    assert.match(item.path, /^[ -~…]*$/, 'a path is printable');
    return;
  }
  for (const record of differ.records(item)) {
    const carried = decodePayload(encodePayload([encodeRecord(record)]), 1);
    assert.deepEqual(carried, [record], 'what a source may say crosses the link unchanged');
    if (record.kind !== 'delta' && record.kind !== 'member' && record.kind !== 'key-set') continue;
    const checked = checkRecordAgainstRules(SCIM_RULES, record);
    assert.ok(!isRefusal(checked), 'what the sender lets through the receiver takes');
  }
}

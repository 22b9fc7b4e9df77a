import assert from 'node:assert/strict';
import { APPROVAL_ACTIONS, judgeApprovals, readApproval, signApproval } from '../../../receiver/guard/approval.ts';
import { approvalRequestText, readApprovalRequest, requestScope } from '../../../receiver/guard/approval-request.ts';
import { heldEvent, readHeldEvent } from '../../../receiver/guard/held-record.ts';
import { MAX_LISTED_HOLDS, readHoldList } from '../../../receiver/guard/hold-list.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { valueBytes } from '../../support/kafka-value.ts';
import { InputReader } from '../input-reader.ts';

const KEYS = signingKeyPair(Buffer.alloc(32, 5));
const KEY = Buffer.from(KEYS.publicKey).toString('base64url');
const POLICY = { approvers: [{ name: 'alice', key: KEY }], approvals: 1, maxSkewMs: 300_000 };
const SIGNED_AT_MS = Date.UTC(2026, 10, 25, 22);

/** First byte: an approval or a request as it came, an approval signed anew and then changed, what is held, a list of holds. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.choice(['approval', 'request', 'signed', 'held', 'holds'] as const)) {
    case 'approval': {
      const text = reader.rest().toString('latin1');
      const approval = readApproval(text);
      if (approval === undefined) break;
      // Only the key's owner can have made the signature hold.
      const judged = judgeApprovals([text], approval, { policy: POLICY, nowMs: approval.signedAtMs });
      assert.equal(judged.outcome, 'refused');
      break;
    }
    case 'request': {
      const text = reader.rest().toString('latin1');
      const request = readApprovalRequest(text);
      if (request !== undefined) assert.equal(approvalRequestText(request), text, 'a request has one form');
      break;
    }
    case 'signed':
      checkSigned(reader);
      break;
    case 'held':
      checkHeld(reader.rest());
      break;
    case 'holds': {
      const names = readHoldList(reader.rest().toString('latin1'));
      assert.ok(names === undefined || (names.size > 0 && names.size <= MAX_LISTED_HOLDS));
    }
  }
}

/** As read back from the topic: what can be read is written as it was read. */
function checkHeld(value: Buffer): void {
  const said = readHeldEvent({ key: 'User|u', value });
  if (said?.held === undefined) return;
  const written = heldEvent('held', said.held, said.pin);
  assert.deepEqual(readHeldEvent({ key: written.key, value: valueBytes(written.value) }), said);
}

function checkSigned(reader: InputReader): void {
  const action = reader.choice(APPROVAL_ACTIONS);
  const thing = `${reader
    .chunk()
    .toString('latin1')
    .replace(/[^\x20-\x7e\n]/g, '.')}\n`;
  const request = { boundary: 'site-a', stream: 'hr', action, thing };
  const expiresAtMs = SIGNED_AT_MS + reader.integer(5);
  const text = signApproval({ ...requestScope(request), signedAtMs: SIGNED_AT_MS, expiresAtMs }, KEYS);
  const read = readApproval(text);
  assert.deepEqual(read, { ...requestScope(request), approverKey: KEY, signedAtMs: SIGNED_AT_MS, expiresAtMs });
  const at = reader.integer(2) % text.length;
  const changed = `${text.slice(0, at)}${String.fromCharCode(reader.integer(1))}${text.slice(at + 1)}`;
  if (changed === text) return;
  const judged = judgeApprovals([changed], requestScope(request), { policy: POLICY, nowMs: SIGNED_AT_MS });
  assert.equal(judged.outcome, 'refused');
}

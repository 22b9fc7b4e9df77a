import { describe, expect, it } from 'vitest';
import {
  type ApprovalPolicy,
  judgeApprovals,
  readApproval,
  signApproval,
} from '../../../../receiver/guard/approval.ts';
import { requireApproved } from '../../../../receiver/guard/approval-problem.ts';
import {
  type ApprovalRequest,
  approvalRequestText,
  readApprovalRequest,
  requestScope,
} from '../../../../receiver/guard/approval-request.ts';
import { judgeImport } from '../../../../receiver/media/import-approval.ts';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import { APPROVAL_LIMITS } from '../../../../src/limits.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 22);
const HOUR_MS = 3_600_000;
const keysOf = (seed: number) => signingKeyPair(Buffer.alloc(32, seed));
const keyOf = (seed: number) => Buffer.from(keysOf(seed).publicKey).toString('base64url');
const ALICE = 1;
const ALICE_AGAIN = 2;
const BOB = 3;
const STRANGER = 4;

const policy = (approvals: number): ApprovalPolicy => ({
  approvers: [
    { name: 'alice', key: keyOf(ALICE) },
    { name: 'alice', key: keyOf(ALICE_AGAIN) },
    { name: 'bob', key: keyOf(BOB) },
  ],
  approvals,
  maxSkewMs: 300_000,
});
const request: ApprovalRequest = {
  boundary: 'site-a',
  stream: 'hr',
  action: 'release',
  thing: 'deletes-1.7: 950 deletes\n',
};
const scope = requestScope(request);

interface Signing {
  readonly by: number;
  readonly scope?: Partial<typeof scope>;
  readonly signedAtMs?: number;
  readonly validMs?: number;
}

function signed({ by, scope: other = {}, signedAtMs = NOW_MS, validMs = 24 * HOUR_MS }: Signing): string {
  return signApproval({ ...scope, ...other, signedAtMs, expiresAtMs: signedAtMs + validMs }, keysOf(by));
}

/** Of the four that a last character of 64 bytes is, each has a neighbour that says the same: A B, Q R, g h, w x. */
const nextCharacter = (text: string) => String.fromCharCode(text.charCodeAt(0) + 1);

const judge = (texts: readonly string[], approvals = 1, nowMs = NOW_MS) =>
  judgeApprovals(texts, scope, { policy: policy(approvals), nowMs });

describe('approvals', () => {
  it('hold of one person, and of two where two must', () => {
    expect(judge([signed({ by: ALICE })])).toEqual({ outcome: 'approved', persons: ['alice'] });
    expect(judge([signed({ by: ALICE }), signed({ by: BOB })], 2)).toEqual({
      outcome: 'approved',
      persons: ['alice', 'bob'],
    });
  });

  it.each<[reason: string, texts: readonly string[], at: number | undefined]>([
    ['approvals-missing', [], undefined],
    ['approvals-missing', [signed({ by: ALICE })], undefined],
    ['approval-same-person', [signed({ by: ALICE }), signed({ by: ALICE })], 1],
    ['approval-same-person', [signed({ by: ALICE }), signed({ by: ALICE_AGAIN })], 1],
    ['approver-unknown', [signed({ by: ALICE }), signed({ by: STRANGER })], 1],
    ['approval-other-stream', [signed({ by: ALICE, scope: { stream: 'crm' } })], 0],
    ['approval-other-stream', [signed({ by: ALICE, scope: { boundary: 'site-b' } })], 0],
    ['approval-other-action', [signed({ by: ALICE, scope: { action: 'reject' } })], 0],
    ['approval-other-digest', [signed({ by: ALICE, scope: { digest: 'a'.repeat(64) } })], 0],
    ['approval-expired', [signed({ by: ALICE, signedAtMs: NOW_MS - HOUR_MS, validMs: HOUR_MS })], 0],
    ['approval-not-yet', [signed({ by: ALICE, signedAtMs: NOW_MS + 300_001 })], 0],
    ['approval-too-long', [signed({ by: ALICE, validMs: APPROVAL_LIMITS.maxValidityMs + 1 })], 0],
    ['approval-form', ['yes'], 0],
    ['approval-form', [`${signed({ by: ALICE })} `], 0],
    ['approval-form', [signed({ by: ALICE }).replace('-25T22', '-31T22').replace('2026-11', '2026-02')], 0],
    // An Ed25519 signature has sixteen texts in base64url, for all that its last character says beyond 64 bytes.
    ['approval-form', [signed({ by: ALICE }).replace(/.\n$/, (last) => `${nextCharacter(last)}\n`)], 0],
    ['approval-signature', [signed({ by: ALICE }).replace('stream: hr', 'stream: hr2')], 0],
    ['approval-signature', [signed({ by: ALICE }).replace('-26T22', '-27T22')], 0],
  ])('are refused: %s', (reason, texts, at) => {
    const judged = judge(texts, 2);
    expect(judged).toEqual({ outcome: 'refused', reason, ...(at !== undefined && { at }) });
    expect(() => requireApproved(judged, ['first', 'second'])).toThrow(/^(\d approvals were given|first |second )/);
  });

  it('are refused where there is none, with how a first approver is made', () => {
    expect(() => requireApproved(judge([], 1), [])).toThrow(/^0 approvals were given.*`approver-key` makes a key/);
  });

  it('hold within the skew that the config allows, and not for whoever signed with the key of another', () => {
    expect(judge([signed({ by: ALICE, signedAtMs: NOW_MS + 300_000 })]).outcome).toBe('approved');
    const [alice, bob] = [signed({ by: ALICE }), signed({ by: BOB })];
    const swapped = alice.replace(keyOf(ALICE), keyOf(BOB));
    expect(judge([swapped])).toEqual({ outcome: 'refused', reason: 'approval-signature', at: 0 });
    expect(judge([bob.replace(/signature: .*/, /signature: .*/.exec(alice)?.[0] ?? '')]).outcome).toBe('refused');
  });

  it('have one form within their bound', () => {
    const longest = { boundary: 'b'.repeat(64), stream: 's'.repeat(64) };
    const text = signed({ by: ALICE, scope: longest });
    expect(text.length).toBeLessThan(APPROVAL_LIMITS.maxApprovalBytes);
    expect(readApproval(text)).toMatchObject(longest);
    expect(readApproval(text.replace('boundary: b', 'boundary: .'))).toBeUndefined();
    // The last character of 32 bytes in base64url has two bits that mean nothing.
    const last = keyOf(ALICE).at(-1) as string;
    const other = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(readApproval(text.replace(keyOf(ALICE), `${keyOf(ALICE).slice(0, -1)}${other}`))).toBeUndefined();
  });
});

describe('an approval request', () => {
  it('comes back as it was written, and its digest is that of what it shows', () => {
    expect(readApprovalRequest(approvalRequestText(request))).toEqual(request);
    const changed = approvalRequestText(request).replace('950', '9');
    const shown = readApprovalRequest(changed);
    expect(shown && requestScope(shown).digest).not.toBe(scope.digest);
  });

  it.each([
    ['nothing', ''],
    ['no thing', approvalRequestText({ ...request, thing: '' })],
    ['a terminal sequence', approvalRequestText({ ...request, thing: '\x1b[2J\n' })],
    ['another action', approvalRequestText(request).replace('release', 'delete')],
    ['no name', approvalRequestText({ ...request, stream: 'h r' })],
    ['too long a text', approvalRequestText({ ...request, thing: `${'x'.repeat(APPROVAL_LIMITS.maxRequestBytes)}\n` })],
  ])('is not %s', (_, text) => {
    expect(readApprovalRequest(text)).toBeUndefined();
  });
});

describe('an approval of an import', () => {
  const manifest = { boundary: 'site-a', stream: 'hr', number: 7 };
  const [digest, other] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
  const head = (named: Buffer, number = 7) => `bundle: ${number}\nmanifest: ${named.toString('hex')}\n`;
  const judged = (thing: string) => {
    const texts = [signed({ by: ALICE, scope: requestScope({ ...request, action: 'import', thing }) })];
    return judgeImport({ manifest, digest }, { texts, thing }, { policy: policy(1), nowMs: NOW_MS });
  };

  it('is for the bundle that its text begins with, whatever stands further down', () => {
    expect(judged(`${head(digest)}subjects: 1 deleted\n`)).toEqual({ outcome: 'approved', persons: ['alice'] });
    for (const thing of [
      `${head(other)}${head(digest)}`,
      `\n${head(digest)}`,
      `manifest: ${digest.toString('hex')}\n`,
      head(digest, 8),
    ]) {
      expect(judged(thing)).toMatchObject({ outcome: 'refused', reason: 'approval-other-digest' });
    }
  });

  it('is none where it names the manifest alone: who signed that was shown nothing', () => {
    const scope = { boundary: 'site-a', stream: 'hr', action: 'import', digest: digest.toString('hex') } as const;
    const texts = [signed({ by: ALICE, scope })];
    for (const thing of ['', head(digest)]) {
      const how = { policy: policy(1), nowMs: NOW_MS };
      const judgement = judgeImport({ manifest, digest }, { texts, thing }, how);
      expect(judgement).toEqual({ outcome: 'refused', reason: 'approval-other-digest', at: 0 });
    }
  });
});

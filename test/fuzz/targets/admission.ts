import assert from 'node:assert/strict';
import { verifyFrame } from '../../../receiver/intake/frame-verifier.ts';
import { type AdmissionRules, admitGroup } from '../../../receiver/publish/admission.ts';
import type { GroupFrame } from '../../../receiver/publish/group-frame.ts';
import type { Memory } from '../../../receiver/publish/group-memory.ts';
import { isTooLarge } from '../../../receiver/publish/kafka-records.ts';
import { OUTCOMES } from '../../../receiver/publish/progress.ts';
import { topicNames } from '../../../receiver/publish/topics.ts';
import { unpackFrame } from '../../../receiver/publish/unpacker.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { AUDIT_LIMITS, RECEIVER_LIMITS } from '../../../src/limits.ts';
import type { TokenVerdict } from '../../../src/token/token-checker.ts';
import type { TokenRecord } from '../../../src/wire/record.ts';
import { senderKeys, WALL_MS } from '../../support/model-sender.ts';
import { InputReader } from '../input-reader.ts';
import { SCIM_RULES } from '../scim-rules.ts';
import { signedFrame } from '../signed-records.ts';

const RULES: AdmissionRules = {
  identity: SCIM_RULES,
  tokens: {
    maxTokenIds: RECEIVER_LIMITS.maxTokenIds,
    maxRevocations: RECEIVER_LIMITS.maxRevocations,
    isKnown: () => true,
    maxLifetimeMs: () => 3_600_000,
  },
  topics: topicNames({ topicPrefix: 'site-a.' }),
  hasHistory: true,
};
const NOTHING: Memory = {
  findSubject: () => undefined,
  liveIn: () => [],
  findFloor: () => undefined,
  liveCount: () => 0,
  findHeld: () => undefined,
  heldPutsIn: () => [],
  findPin: () => undefined,
  heldCount: 0,
  heldBytes: 0,
  isApproved: () => false,
  findToken: () => undefined,
  findCurrent: () => undefined,
  findCurrentOf: () => [],
  findRevokedToken: () => undefined,
  findRevokedSubject: () => undefined,
  rebuiltThrough: undefined,
  tokenCount: 0,
  revocationCount: 0,
  findRevokedKey: () => undefined,
  subjectsNamed: () => [],
  findName: () => undefined,
  witness: undefined,
  revokedKeyCount: 0,
};

/** Up to three frames, each signed anew over whatever the input made of its header fields and its records. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const frames: GroupFrame[] = [];
  for (let sequence = 1; sequence <= 3 && !reader.isAtEnd; sequence++) {
    const frame = verifyFrame(signedFrame(reader, sequence).bytes, senderKeys);
    if (typeof frame === 'string') continue;
    const content = unpackFrame(frame.header, frame.payload);
    if (typeof content === 'object') assert.equal(content.length, frame.header.recordCount);
    const digest = Buffer.from(frame.digest).toString('hex');
    frames.push({ position: sequence, header: frame.header, digest, receivedAtMs: WALL_MS, content });
  }
  const tokens = frames.flatMap(({ content }) => (typeof content === 'string' ? [] : content.filter(isToken)));
  const verdicts = new Map(tokens.map((token) => [token, verdictOf(token)]));
  const { records, outcomes, audit } = admitGroup({ frames, verdicts, scope: 'all' }, NOTHING, RULES);
  for (const record of records) {
    assert.ok(!isTooLarge(record));
    assert.match(record.key, /^[!-~]+$/);
    for (const [name, value] of record.headers) assert.match(`${name}: ${value}`, /^[ -~]+$/);
  }
  for (const entry of audit) assert.ok(JSON.stringify(entry).length < AUDIT_LIMITS.maxEntryBytes);
  if (frames.some(({ header }) => header.kind === 'snapshot')) return;
  const declared = frames.reduce((sum, { header }) => sum + header.recordCount, 0);
  const counted = OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);
  assert.equal(counted, declared, 'each record has one outcome');
}

function isToken(record: { readonly kind: string }): record is TokenRecord {
  return record.kind === 'token';
}

/** As the token checker might say; which, the token's own text decides. */
function verdictOf({ jws }: TokenRecord): TokenVerdict {
  const sha256 = sha256Hex(jws);
  if (jws.startsWith('x'))
    return { accepted: false, code: 'signature', detail: 'Its signature does not hold.', sha256 };
  const facts = {
    jti: `j${jws.length % 4}`,
    sha256,
    issuer: 'https://idp.example',
    subject: `s${jws.length % 3}`,
    audience: ['api'],
    issuedAtMs: WALL_MS - 1_000,
    expiresAtMs: WALL_MS + 600_000,
    slot: '',
    keyId: 'k',
  };
  return { accepted: true, facts };
}

/** trust.json: root statements and trust bundles, and what a receiver says of them, one case after the other. */
import { adopt, type TrustState } from '../../../receiver/trust/trust-state.ts';
import { canonicalJson } from '../../../src/identity/canonical-json.ts';
import type { JsonValue } from '../../../src/identity/json-value.ts';
import type { TimedIssuerKey } from '../../../src/token/token-checker.ts';
import { bundlePayload } from '../../../src/trust/bundle-form.ts';
import { signGeneralJws } from '../../../src/trust/general-jws.ts';
import { judgeFirstRoot, type RootStatement } from '../../../src/trust/root-statement.ts';
import { BUNDLE_TYPE, type BundleContent } from '../../../src/trust/trust-bundle.ts';
import { rootFingerprint } from '../../../src/trust/trust-view.ts';
import { STREAM, WALL_MS } from '../../support/model-sender.ts';
import {
  bundleContent,
  firstRoot,
  HOLDERS,
  type Holder,
  rootContent,
  signedBundle,
  signedRoot,
} from '../../support/root-ceremony.ts';

const DAY_MS = 86_400_000;
const SECOND: readonly Holder[] = ['alice', 'bob', 'dave'];
const second = (signers: readonly Holder[]) => signedRoot(rootContent(SECOND, { version: 2 }), signers);

/** By the names under which cases speak of them. */
const statements = {
  root1: firstRoot().text,
  'root1 of another boundary': signedRoot(rootContent(undefined, { boundary: 'site-b' }), ['alice', 'bob']),
  root2: second(['alice', 'bob']),
  'root2 by one of the old root': second(['alice', 'dave']),
  'root2 by one holder twice': second(['alice', 'alice']),
  'another root2': signedRoot(rootContent(['alice', 'bob'], { version: 2 }), ['alice', 'bob']),
  root3: signedRoot(rootContent(SECOND, { version: 3 }), ['alice', 'dave']),
  bundle1: signedBundle(),
  bundle2: signedBundle({ version: 2 }),
  'another bundle1': signedBundle({ expiresMs: WALL_MS + DAY_MS }),
  'bundle2 by one holder': signedBundle({ version: 2 }, ['alice']),
  'bundle2 by a stranger too': signedBundle({ version: 2 }, ['alice', 'bob', 'dave']),
  'bundle2 of another boundary': signedBundle({ version: 2, boundary: 'site-b' }),
  'bundle2 that has ended': signedBundle({ version: 2, issuedMs: WALL_MS - DAY_MS, expiresMs: WALL_MS }),
  'bundle2 without the stream': signedBundle({ version: 2, senders: [] }),
  'bundle1 under root2': signedBundle({ root: 2 }, ['bob', 'dave']),
  'bundle1 under root2 by holders of both': signedBundle({ root: 2 }, ['alice', 'bob']),
  'bundle2 with an issuer': signedBundle({ version: 2, issuers: issuerOf(issuerKey('2026-10'), issuerKey('2026-11')) }),
  'bundle2 with two keys of one kid': signedBundle({
    version: 2,
    issuers: issuerOf(issuerKey('2026-10'), issuerKey('2026-10')),
  }),
  'bundle2 with a private key': signedBundle({ version: 2, issuers: issuerOf(issuerKey('2026-10', { d: 'AA' })) }),
  'bundle2 with a sender’s key twice': signedBundle({ version: 2, senders: twice(bundleContent().senders) }),
  'bundle2 of a newer format': signedAs(BUNDLE_TYPE, ({ format: _, ...fields }) => ({ format: 2, ...fields })),
  'bundle2 with another policy': signedAs(BUNDLE_TYPE, (fields) => ({ ...fields, approvers: [] })),
  'bundle2 as another kind of text': signedAs('identity-diode-other+jws', (fields) => fields),
  'root1 that has ended': signedRoot(rootContent(undefined, { issuedMs: WALL_MS - DAY_MS, expiresMs: WALL_MS }), [
    'alice',
    'bob',
  ]),
  'root2 that has no m keys': signedRoot(rootContent(SECOND, { version: 2, threshold: 4 }), ['alice', 'bob', 'dave']),
  'root2 of one key for two holders': signedRoot(
    {
      ...rootContent(SECOND, { version: 2 }),
      keys: [...rootContent(SECOND).keys, { holder: 'erin', publicKey: HOLDERS.dave.publicKey }],
    },
    ['alice', 'bob'],
  ),
} as const;
type Name = keyof typeof statements;

const changed: Readonly<Record<string, string>> = {
  'bundle2, its payload changed': withParts(statements.bundle2, (jws) => ({
    ...jws,
    payload: Buffer.from(
      Buffer.from(jws.payload, 'base64url').toString().replace('"version":2', '"version":9'),
    ).toString('base64url'),
  })),
  'bundle2 with another member': withParts(statements.bundle2, (jws) => ({ ...jws, header: {} })),
  'bundle2 with a key outside of its rule': signedUnfit(),
  // The last letter of 64 bytes has four bits to spare.
  'bundle2, a signature in another form': statements.bundle2.replace(/.(?="\}\]\}\n$)/, (last) =>
    String.fromCharCode(last.charCodeAt(0) + 1),
  ),
  'root2 that nobody signed': withParts(statements.root2, (jws) => ({ ...jws, signatures: [] })),
  'no statement': '{"payload":"e30"}',
};

interface Case {
  readonly trusted: readonly Name[];
  readonly offered: readonly string[];
}

const CASES: readonly Case[] = [
  { trusted: ['root1'], offered: ['bundle1'] },
  { trusted: ['root1', 'bundle1'], offered: ['bundle1'] },
  { trusted: ['root1', 'bundle1'], offered: ['bundle2'] },
  { trusted: ['root1', 'bundle2'], offered: ['bundle1'] },
  { trusted: ['root1', 'bundle1'], offered: ['another bundle1'] },
  { trusted: ['root1', 'bundle1'], offered: ['root2'] },
  { trusted: ['root1', 'bundle2'], offered: ['bundle1 under root2', 'root2'] },
  { trusted: ['root1', 'bundle2'], offered: ['bundle1 under root2'] },
  { trusted: ['root1', 'bundle2'], offered: ['bundle1 under root2 by holders of both'] },
  { trusted: ['root1', 'bundle1'], offered: ['root3'] },
  { trusted: ['root1', 'bundle1'], offered: ['root3', 'root2'] },
  { trusted: ['root1', 'root2'], offered: ['bundle2'] },
  { trusted: ['root1', 'root2'], offered: ['root1'] },
  { trusted: ['root1', 'root2'], offered: ['another root2'] },
  { trusted: ['root1', 'root2'], offered: ['root2'] },
  { trusted: ['root1 that has ended'], offered: ['bundle1'] },
  { trusted: ['root1 that has ended'], offered: ['bundle1 under root2', 'root2'] },
  ...[
    'root1 of another boundary',
    'root2 by one of the old root',
    'root2 by one holder twice',
    'bundle2 by one holder',
    'bundle2 by a stranger too',
    'bundle2 of another boundary',
    'bundle2 that has ended',
    'bundle2 without the stream',
    'bundle2 with an issuer',
    'bundle2 with two keys of one kid',
    'bundle2 with a private key',
    'bundle2 with a sender’s key twice',
    'bundle2 of a newer format',
    'bundle2 with another policy',
    'bundle2 as another kind of text',
    'root2 that has no m keys',
    'root2 of one key for two holders',
    ...Object.keys(changed),
  ].map((name): Case => ({ trusted: ['root1', 'bundle1'], offered: [name] })),
];

export function trustVectors() {
  return {
    about:
      'statements: signed texts by name. cases: a receiver of the stream that trusts the first statements, of which the first root is pinned, is offered the others together at nowMs; outcome is adopted, known or the reason of the refusal, with which nothing changes.',
    stream: STREAM,
    nowMs: WALL_MS,
    rootFingerprint: rootFingerprint(firstRoot()),
    statements: { ...statements, ...changed },
    cases: CASES.map((each) => ({ ...each, outcome: outcomeOf(each) })),
  };
}

function outcomeOf({ trusted, offered }: Case): string {
  const texts = (names: readonly string[]) => names.map((name) => ({ ...statements, ...changed })[name] as string);
  const context = { stream: STREAM, nowMs: WALL_MS };
  const [pinned = '', ...later] = texts(trusted);
  const first: TrustState = { roots: [judgeFirstRoot(pinned) as RootStatement], bundle: undefined };
  const before = later.length === 0 ? { outcome: 'known' as const, state: first } : adopt(first, later, context);
  if (before.outcome === 'refused') throw new Error(before.problem.seen);
  const adoption = adopt(before.state, texts(offered), context);
  return adoption.outcome === 'refused' ? adoption.problem.reason : adoption.outcome;
}

interface Jws {
  readonly payload: string;
  readonly signatures: readonly unknown[];
}

function withParts(text: string, change: (jws: Jws) => object): string {
  return `${JSON.stringify(change(JSON.parse(text) as Jws))}\n`;
}

function issuerKey(kid: string, more: Readonly<Record<string, string>> = {}): TimedIssuerKey {
  const x = Buffer.from(HOLDERS.dave.publicKey).toString('base64url');
  return { jwk: { crv: 'Ed25519', kid, kty: 'OKP', x, ...more }, activeFromMs: 0 };
}

function issuerOf(...keys: readonly TimedIssuerKey[]): BundleContent['issuers'] {
  return [
    {
      issuer: 'https://idp.example',
      audience: ['api'],
      algorithms: ['EdDSA'],
      types: ['at+jwt', ''],
      maxLifetimeSeconds: 900,
      clockSkewSeconds: 60,
      slotClaim: 'client_id',
      subjectAttribute: 'userName',
      keys,
    },
  ];
}

function twice(senders: BundleContent['senders']): BundleContent['senders'] {
  return senders.map((sender) => ({ ...sender, keys: [...sender.keys, ...sender.keys] }));
}

/** Bundle 2 with fields that its writer would not write. */
function signedAs(type: string, change: (fields: Record<string, JsonValue>) => Record<string, JsonValue>): string {
  const fields = JSON.parse(bundlePayload(bundleContent({ version: 2 })).toString('utf8')) as Record<string, JsonValue>;
  const payload = Buffer.from(canonicalJson(change(fields)), 'utf8');
  return signGeneralJws({ type, payload }, [HOLDERS.alice, HOLDERS.bob]);
}

/** Signed as it is, so that its payload is what is refused. */
function signedUnfit(): string {
  return signedBundle({ version: 2, expiresMs: WALL_MS + 400 * DAY_MS });
}

/** `diode-sender key-sets`: key sets of foreign issuers as they were seen, what each would change, and whether it may cross. */
import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { askProgram, whenSentence } from '../../src/cli/operator-request.ts';
import { jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, Option } from '../../src/cli/program.ts';
import { time } from '../../src/cli/status-table.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { ForeignIssuerConfig, SenderConfig } from '../../src/config/sender-config.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type Decision, decisionOf } from '../issuer/foreign-issuers.ts';
import { FOREIGN_ISSUER_SCHEMA, type ForeignRow, readForeignRows } from '../issuer/foreign-table.ts';
import { type KeyDifference, keyDifference, type NamedKey } from '../issuer/key-difference.ts';
import type { KeySetRequest } from '../issuer/key-set-request.ts';
import { TrustState } from '../journal/trust-state.ts';
import { readSenderStore } from '../sender-store.ts';

interface KeySetOptions {
  readonly approve?: string;
  readonly reject?: string;
  readonly json?: boolean;
}

interface SeenSet extends KeyDifference {
  readonly issuer: string;
  readonly approve: ForeignIssuerConfig['approve'];
  readonly decision: Decision;
  readonly sha256: string;
  readonly seenAt: string;
  readonly leftOut: readonly string[];
}

export function addKeySetsCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'key-sets <DIR>',
      description:
        'show the key sets of foreign issuers, with what each changes, key by key; approve or reject one that waits',
      options: [
        new Option('--approve <SHA256>', 'the set may cross: its digest as shown, or the first 8 digits or more'),
        new Option('--reject <SHA256>', 'the set stays here until the issuer publishes another').conflicts('approve'),
        jsonOption(),
      ],
      examples: [
        'diode-sender key-sets DIR',
        'diode-sender key-sets DIR --approve 5f21c09a',
        'diode-sender key-sets DIR --json | jq \'.sets[] | select(.decision == "waiting")\'',
      ],
    },
    (directory: string, { approve, reject, json }: KeySetOptions): 0 => {
      const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
      const sets = readSets(layout, config);
      const typed = approve ?? reject;
      if (typed === undefined) {
        process.stdout.write(json ? `${JSON.stringify({ sets })}\n` : `${listText(config, sets)}\n`);
        return 0;
      }
      const { issuer, sha256, seenAt, approve: policy } = setNamed(typed, sets);
      if (policy === 'automatic') throw crossesAlone(issuer);
      const decision = approve === undefined ? 'rejected' : 'approved';
      const body = { decision, sha256 } satisfies KeySetRequest;
      const asked = askProgram(
        layout,
        { kind: 'key-set', body },
        { event: 'command-key-sets', issuer, decision, sha256 },
      );
      const what = decision === 'approved' ? 'lets it cross' : 'keeps it here';
      process.stdout.write(
        json
          ? `${JSON.stringify({ issuer, seenAt, ...body, ...asked })}\n`
          : `The key set ${sha256} of ${issuer} is ${decision}.\n${whenSentence('sender', asked, what)}\n`,
      );
      return 0;
    },
  );
}

function readSets(layout: DirectoryLayout, { foreignIssuers }: SenderConfig): readonly SeenSet[] {
  if (!existsSync(layout.store) || foreignIssuers.length === 0) return [];
  const store = readSenderStore(layout.store, FOREIGN_ISSUER_SCHEMA);
  try {
    return store.transaction(() => {
      const trust = new TrustState(store);
      const rows = new Map(readForeignRows(store).map((row) => [row.issuer, row]));
      return foreignIssuers.flatMap((config) => {
        const row = rows.get(config.issuer);
        return row === undefined || row.jwks === null ? [] : [seenSet(config, { ...row, jwks: row.jwks }, trust)];
      });
    })();
  } finally {
    store.close();
  }
}

function seenSet(
  { issuer, approve }: ForeignIssuerConfig,
  row: ForeignRow & { readonly jwks: string },
  trust: TrustState,
): SeenSet {
  return {
    issuer,
    approve,
    decision: decisionOf(row, approve),
    sha256: sha256Hex(row.jwks),
    seenAt: time(row.seenMs ?? 0),
    ...keyDifference(trust.keySetOf(issuer), row.jwks),
    leftOut: JSON.parse(row.leftOut) as readonly string[],
  };
}

const MIN_TYPED_CHARACTERS = 8;

function setNamed(typed: string, sets: readonly SeenSet[]): SeenSet {
  const plain = typed.toLowerCase();
  const found = plain.length < MIN_TYPED_CHARACTERS ? [] : sets.filter(({ sha256 }) => sha256.startsWith(plain));
  const [one, another] = found;
  if (one !== undefined && another === undefined) return one;
  const seen =
    one === undefined ? `No key set is seen now that begins with ${typed}.` : `Several key sets begin with ${typed}.`;
  throw new DiodeError('usage', seen, 'Give 8 digits or more as `diode-sender key-sets DIR` shows them.');
}

function crossesAlone(issuer: string): DiodeError {
  const seen = `Sets of ${issuer} cross by themselves.`;
  return new DiodeError(
    'usage',
    seen,
    'Set approve: manual in config.yaml, and start the sender again, to decide on each.',
  );
}

function listText({ foreignIssuers }: SenderConfig, sets: readonly SeenSet[]): string {
  if (foreignIssuers.length === 0) return 'config.yaml names no foreignIssuers.';
  const unseen = foreignIssuers.filter(({ issuer }) => !sets.some((set) => set.issuer === issuer));
  return [
    ...sets.map(setText),
    ...unseen.map(({ issuer }) => `${issuer}\n  no key set was seen yet: \`diode-sender status DIR\` says why`),
  ].join('\n\n');
}

const WORDS = {
  'none-seen': 'not seen',
  approved: 'may cross',
  waiting: 'waits for approval',
  rejected: 'rejected',
} as const satisfies Record<Decision, string>;

function setText(set: SeenSet): string {
  const { issuer, approve, decision, sha256, seenAt, leftOut } = set;
  const policy = approve === 'automatic' ? ', by itself' : '';
  return [
    issuer,
    `  sha256      ${sha256}`,
    `  seen        ${seenAt}, ${WORDS[decision]}${policy}`,
    ...keyLines('added', set.added),
    ...keyLines('removed', set.removed),
    ...keyLines('altered', set.altered),
    ...keyLines('as before', set.kept),
    ...leftOut.map((why) => `  left out    ${why}`),
    ...(decision === 'waiting'
      ? [`  → diode-sender key-sets DIR --approve ${sha256.slice(0, MIN_TYPED_CHARACTERS)}   (or --reject)`]
      : []),
  ].join('\n');
}

/** A kid is the issuer's text: as JSON, so that it can move no cursor. */
function keyLines(word: string, keys: readonly NamedKey[]): readonly string[] {
  return keys.map(
    ({ keyId, thumbprint, type }) => `  ${word.padEnd(12)}${JSON.stringify(keyId)} (${type}), thumbprint ${thumbprint}`,
  );
}

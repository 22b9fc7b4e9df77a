/** `diode-receiver root draft`: what a trust bundle would say, as a text that people read, edit and then sign. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDirectory } from '../../src/cli/directory.ts';
import { collect, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, type CommandText, Option } from '../../src/cli/program.ts';
import { readTrustFile, trustRefused } from '../../src/cli/trust-files.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { createFile, readTextFile, requireNewFiles } from '../../src/config/durable-file.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { cardArgument, readTrustedCards } from '../../src/config/trusted-cards.ts';
import { OPS_LIMITS, TRUST_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { IssuerTrust, TimedIssuerKey } from '../../src/token/token-checker.ts';
import { bundleDraft } from '../../src/trust/bundle-form.ts';
import {
  type BundleContent,
  readBundleContent,
  readBundleJws,
  type TrustedStream,
} from '../../src/trust/trust-bundle.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';
import { bundleText } from '../../src/trust/trust-view.ts';
import type { SenderCard } from '../../src/wire/card.ts';
import { cutOverOf, readKeySet, revocationOf, withKeyChange, withKeySet } from '../trust/draft-changes.ts';
import { readFirstRoot, readRootFile } from '../trust/trust-files.ts';
import { currentRoot } from '../trust/trust-state.ts';
import { readTrustState } from '../trust/trust-store.ts';
import { requireOwnBoundary } from './card-boundary.ts';
import { lifetime, validDays } from './root-options.ts';

interface DraftOptions {
  readonly out: string;
  readonly root?: string;
  readonly sender?: readonly string[];
  readonly keySet?: readonly string[];
  readonly revoke?: readonly string[];
  readonly end?: readonly string[];
  readonly validDays: number;
  readonly json?: boolean;
}

const DEFAULT_BUNDLE_DAYS = 90;

export function addRootDraftCommand(line: CommandLine, group: NonNullable<CommandText['group']>): void {
  addCommand(
    line,
    {
      usage: 'draft <DIR|BUNDLE>',
      group,
      description:
        'write the next trust bundle as a draft: from what a receiver trusts now (cards and JWKS files, or its bundle), or from a bundle file',
      options: [
        new Option('--out <FILE>', 'where the draft is written').makeOptionMandatory(),
        new Option('--root <FILE>', 'the root under which it will be signed, where DIR has none yet'),
        new Option('--sender <CARD>', 'add this sender; once more for each').argParser(collect),
        new Option(
          '--key-set <FILE>',
          "add an issuer's new keys from a record Jwks|… of the topic trust; once more for each",
        ).argParser(collect),
        new Option(
          '--revoke <KEY>',
          'this key is believed no more: its id, or the kid of an issuer’s; once more for each',
        ).argParser(collect),
        new Option(
          '--end <KEY@TIME>',
          'from then on this key verifies only what was signed before; once more for each',
        ).argParser(collect),
        validDays(DEFAULT_BUNDLE_DAYS, TRUST_LIMITS.maxBundleLifetimeMs),
        jsonOption(),
      ],
      examples: [
        'diode-receiver root draft DIR --root root.json --out draft.json   (a receiver with cards moves to a bundle)',
        'diode-receiver root draft bundle.json --out draft.json            (the next version; edit it, then sign)',
        'diode-receiver root draft DIR --sender sender-card.json --out draft.json',
        'diode-receiver root draft bundle.json --key-set seen.json --out draft.json',
        'diode-receiver root draft bundle.json --revoke 5f21c09a --out draft.json',
      ],
    },
    draft,
  );
}

async function draft(place: string, options: DraftOptions): Promise<0> {
  requireNewFiles(options.out);
  const isFile = existsSync(place) && statSync(place).isFile();
  const before = isFile ? ofFile(place, options) : await ofDirectory(place, options);
  const cards = (options.sender ?? []).map((argument) => senderCardOf(argument, before.boundary));
  const senders = cards.reduce(withSender, before.senders);
  const times = lifetime(options.validDays);
  const changes = [
    ...(options.revoke ?? []).map((name) => revocationOf(name, times.issuedMs)),
    ...(options.end ?? []).map(cutOverOf),
  ];
  const sets = (options.keySet ?? []).map((path) => readKeySet(path, readTrustFile(path)));
  const content = changes.reduce(withKeyChange, sets.reduce(withKeySet, { ...before, ...times, senders }));
  const text = bundleDraft(content);
  // What a card or config says may still be refused as part of a bundle.
  const checked = readBundleContent(Buffer.from(text, 'utf8'));
  if (isProblem(checked)) throw trustRefused('The draft', checked);
  const path = resolve(options.out);
  createFile(path, text, 0o644);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ file: path, boundary: content.boundary, version: content.version })}\n`);
    return 0;
  }
  process.stdout.write(`Wrote ${path}:
${bundleText(content, Date.now())}

Edit it where it must say something else. Then each holder signs: the first
  diode-receiver root sign ${options.out} --root root.json --key HOLDER.key --out bundle.json
and each further one
  diode-receiver root sign bundle.json --root root.json --key HOLDER.key
`);
  return 0;
}

function ofFile(path: string, options: DraftOptions): BundleContent {
  const jws = readBundleJws(readTrustFile(path));
  if (isProblem(jws)) throw trustRefused(path, jws);
  const content = readBundleContent(jws.payload);
  if (isProblem(content)) throw trustRefused(path, content);
  return {
    ...content,
    version: content.version + 1,
    ...(options.root && { root: readRootFile(options.root).version }),
  };
}

async function ofDirectory(directory: string, { root }: DraftOptions): Promise<BundleContent> {
  const { layout, config } = openDirectory('diode-receiver', directory, parseReceiverConfig);
  const { boundary } = config;
  const state = readTrustState(layout);
  const version = state === undefined ? undefined : currentRoot(state).version;
  if (state?.bundle !== undefined) {
    return { ...state.bundle, root: version ?? state.bundle.root, version: state.bundle.version + 1 };
  }
  if (version === undefined && root === undefined) {
    const seen = `${layout.directory} has no root yet, so it is not known who will sign.`;
    throw new DiodeError('root-missing', seen, 'Add --root root.json: `diode-receiver root create` makes one.');
  }
  const cards = readTrustedCards(layout.trusted, 'sender-card');
  for (const card of cards) requireOwnBoundary(card, boundary, 'this receiver');
  return {
    boundary,
    root: version ?? readFirstRoot(root ?? '', boundary, Date.now()).version,
    version: 1,
    ...lifetime(DEFAULT_BUNDLE_DAYS),
    senders: cards.reduce(withSender, [] as readonly TrustedStream[]),
    issuers: config.issuers.map((issuer) => issuerOf(layout, issuer)),
  };
}

/** A bundle does not say of which boundary a sender's card was: holders would vouch for a sender of another one. */
function senderCardOf(argument: string, boundary: string): SenderCard {
  const card = cardArgument(argument, 'sender-card');
  requireOwnBoundary(card, boundary, 'this bundle');
  return card;
}

/** A sender of a stream that is listed gets its key listed too. */
function withSender(senders: readonly TrustedStream[], card: SenderCard): readonly TrustedStream[] {
  const { stream, agreementKey, signingKey } = card;
  const known = senders.find((each) => each.stream === stream);
  const key = { signingKey, activeFromMs: 0 };
  if (known === undefined) return [...senders, { stream, agreementKey, keys: [key] }];
  const isListed = known.keys.some((each) => Buffer.from(each.signingKey).equals(signingKey));
  const next = { ...known, agreementKey, keys: isListed ? known.keys : [...known.keys, key] };
  return senders.map((each) => (each === known ? next : each));
}

function issuerOf(layout: DirectoryLayout, { jwks, ...policy }: ReceiverConfig['issuers'][number]): IssuerTrust {
  const text = readTextFile(jwks, OPS_LIMITS.maxKeySetFileBytes);
  try {
    const { keys } = JSON.parse(text ?? '') as { readonly keys: readonly TimedIssuerKey['jwk'][] };
    return { ...policy, keys: keys.map((jwk) => ({ jwk, activeFromMs: 0 })) };
  } catch {
    const cure = `Put the public JWK set of ${policy.issuer} there, or remove the issuer from ${layout.config}.`;
    throw new DiodeError('key-invalid', `${jwks} is no JWK set.`, cure);
  }
}

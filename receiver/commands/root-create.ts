/** `diode-receiver root create`, `root key`, `root rotate`: whose signatures count. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { collect, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, type CommandText, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { createFile } from '../../src/config/durable-file.ts';
import type { SigningKeyPair } from '../../src/crypto/sodium.ts';
import { TRUST_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { signGeneralJws } from '../../src/trust/general-jws.ts';
import {
  judgeFirstRoot,
  judgeNextRoot,
  ROOT_TYPE,
  type RootContent,
  type RootKey,
  readRootContent,
  rootPayload,
} from '../../src/trust/root-statement.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';
import { rootFingerprint, rootText } from '../../src/trust/trust-view.ts';
import { isName } from '../../src/wire/frame.ts';
import {
  makeHolderKey,
  type NewHolder,
  newHolders,
  parseHolder,
  readHolderKeys,
  requireHolders,
  requireKeysOf,
  storeHolderKeys,
  type TypedHolder,
} from '../trust/root-holders.ts';
import { readRootFile } from '../trust/trust-files.ts';
import { lifetime, validDays } from './root-options.ts';

interface CreateOptions {
  readonly boundary: string;
  readonly threshold: number;
  readonly holder: readonly string[];
  readonly keyFolder?: string;
  readonly validDays: number;
  readonly json?: boolean;
}

interface RotateOptions {
  readonly out: string;
  readonly add?: readonly string[];
  readonly keyFolder?: string;
  readonly remove?: readonly string[];
  readonly threshold?: number;
  readonly key: readonly string[];
  readonly validDays: number;
  readonly json?: boolean;
}

const DEFAULT_ROOT_DAYS = 1_826;

export function addRootCreateCommands(line: CommandLine, group: NonNullable<CommandText['group']>): void {
  addCommand(
    line,
    {
      usage: 'create <FILE>',
      group,
      description: 'make the first root statement, of keys that each holder made with `root key`',
      options: [
        new Option('--boundary <NAME>', 'the deployment boundary whose root it is').makeOptionMandatory(),
        new Option('--threshold <M>', 'how many holders must sign').argParser(parseCount).makeOptionMandatory(),
        new Option('--holder <NAME[=KEY]>', 'a holder, and what `root key` printed for them; once more for each')
          .argParser(collect)
          .makeOptionMandatory(),
        keyFolder(),
        validDays(DEFAULT_ROOT_DAYS, TRUST_LIMITS.maxRootLifetimeMs),
        jsonOption(),
      ],
      examples: [
        'diode-receiver root create root.json --boundary site-a --threshold 2 --holder alice=cG9Z…X2I --holder bob=vijV…5ig',
        'diode-receiver root create root.json --boundary lab --threshold 1 --holder alice --key-folder private   (makes her key, too)',
      ],
    },
    create,
  );
  addCommand(
    line,
    {
      usage: 'key <FILE>',
      group,
      description:
        "make a holder's key (0600) on the holder's own machine, and print its public half for `root create` or `rotate`",
      options: [jsonOption()],
      examples: ['diode-receiver root key /media/safe/alice.key'],
    },
    key,
  );
  addCommand(
    line,
    {
      usage: 'rotate <ROOT>',
      group,
      description: 'make the root statement that follows ROOT: other holders, another threshold, or a later expiry',
      options: [
        new Option('--out <FILE>', 'where it is written').makeOptionMandatory(),
        new Option('--add <NAME[=KEY]>', 'a new holder, as in `root create`; once more for each').argParser(collect),
        keyFolder(),
        new Option('--remove <NAME>', 'a holder who is one no longer; once more for each').argParser(collect),
        new Option('--threshold <M>', 'how many holders must sign (default: as before)').argParser(parseCount),
        new Option('--key <FILE>', 'a key of a holder who signs now; once more for each')
          .argParser(collect)
          .default([]),
        validDays(DEFAULT_ROOT_DAYS, TRUST_LIMITS.maxRootLifetimeMs),
        jsonOption(),
      ],
      examples: [
        'diode-receiver root rotate root.json --out root-2.json --remove carol --add dave=HXEt…9p0 --key alice.key --key bob.key',
        'diode-receiver root rotate root.json --out root-2.json --threshold 3   (then each signs: root sign root-2.json …)',
      ],
    },
    rotate,
  );
}

function create(file: string, options: CreateOptions): 0 {
  const { boundary, threshold } = options;
  const path = resolve(file);
  if (!isName(boundary)) {
    const cure = 'Use letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.';
    throw new DiodeError('usage', `${JSON.stringify(boundary)} is no name for a boundary.`, cure);
  }
  const typed = options.holder.map(parseHolder);
  requireHolders(typed, threshold);
  const holders = newHolders(typed, keyPaths(typed, options));
  const content: RootContent = { boundary, version: 1, threshold, keys: bare(holders), ...lifetime(options.validDays) };
  const text = store({ path, content, holders, signing: [] });
  report({
    path,
    content,
    holders,
    isWhole: !isProblem(judgeFirstRoot(text)),
    sign: `${file} --key`,
    json: options.json,
  });
  return 0;
}

function key(file: string, { json }: { readonly json?: boolean }): 0 {
  const path = resolve(file);
  const publicKey = Buffer.from(makeHolderKey(path).publicKey).toString('base64url');
  if (json) process.stdout.write(`${JSON.stringify({ file: path, key: publicKey })}\n`);
  else {
    process.stdout.write(`Wrote ${path} (0600). Keep it offline, where its holder alone can reach it; nothing shows it again.

For whoever makes the root statement, compared over another way than it was sent:
  --holder NAME=${publicKey}
`);
  }
  return 0;
}

function rotate(file: string, options: RotateOptions): 0 {
  const before = readRootFile(file);
  const path = resolve(options.out);
  const removed = options.remove ?? [];
  const unknown = removed.find((name) => !before.keys.some(({ holder }) => holder === name));
  if (unknown !== undefined) {
    const known = before.keys.map(({ holder }) => holder).join(', ');
    throw new DiodeError('usage', `${unknown} is no holder of ${file}.`, `Its holders: ${known}.`);
  }
  const stay = before.keys.filter(({ holder }) => !removed.includes(holder));
  const typed = (options.add ?? []).map(parseHolder);
  const threshold = options.threshold ?? before.threshold;
  requireHolders([...stay, ...typed], threshold);
  const signing = readHolderKeys(options.key);
  requireKeysOf([...before.keys], signing, options.key, file);
  const added = newHolders(typed, keyPaths(typed, options));
  const keys = [...stay, ...bare(added)];
  const content: RootContent = {
    ...before,
    version: before.version + 1,
    threshold,
    keys,
    ...lifetime(options.validDays),
  };
  const text = store({ path, content, holders: added, signing });
  const judged = judgeNextRoot(text, { ...before, text: '' });
  const isWhole = judged !== 'known' && !isProblem(judged);
  report({ path, content, holders: added, isWhole, sign: `${options.out} --root ${file} --key`, json: options.json });
  return 0;
}

function keyFolder(): Option {
  return new Option('--key-folder <DIR>', 'make a key (0600) in DIR for each holder who is named without KEY');
}

/** Where keys lie that are made here. A private one lies nowhere unasked: FILE goes from hand to hand. */
function keyPaths(
  typed: readonly TypedHolder[],
  { keyFolder: folder }: { readonly keyFolder?: string },
): (holder: string) => string {
  const without = typed.filter(({ publicKey }) => publicKey === undefined).map(({ holder }) => holder);
  if (without.length > 0 && folder === undefined) {
    const cure =
      'Nothing was made: each makes a key on a medium of their own with `diode-receiver root key FILE`, and brings what it prints; or name a folder for private keys with --key-folder.';
    throw new DiodeError('usage', `No KEY is given for ${without.join(', ')}.`, cure);
  }
  return (holder) => join(resolve(folder ?? ''), `${holder}.key`);
}

/** The signed text, written with the keys that are made here; nothing of it where one part cannot be. */
function store(root: {
  readonly path: string;
  readonly content: RootContent;
  readonly holders: readonly NewHolder[];
  /** Of holders who sign beside those whose keys are made here. */
  readonly signing: readonly SigningKeyPair[];
}): string {
  const { path, content, holders } = root;
  const payload = rootPayload(content);
  const checked = readRootContent(payload);
  if (isProblem(checked)) {
    throw new DiodeError(
      'usage',
      `Such a root can never hold: ${checked.seen}.`,
      'Nothing was made: correct the command.',
    );
  }
  const made = holders.flatMap((holder) => holder.made ?? []);
  requireNew([path, ...made.map((key) => key.path)]);
  const text = signGeneralJws({ type: ROOT_TYPE, payload }, [...root.signing, ...made.map(({ keys }) => keys)]);
  // Before the keys, which would stand there without their root.
  mkdirSync(dirname(path), { recursive: true });
  storeHolderKeys(holders);
  createFile(path, text, 0o644);
  return text;
}

interface Report {
  readonly path: string;
  readonly content: RootContent;
  readonly holders: readonly NewHolder[];
  /** Signed by as many as must. */
  readonly isWhole: boolean;
  /** What stands between `root sign` and a holder's key file. */
  readonly sign: string;
  readonly json: boolean | undefined;
}

function report({ path, content, holders, isWhole, sign, json }: Report): void {
  const made = holders.flatMap((holder) => holder.made?.path ?? []);
  if (json) {
    const { boundary, version, threshold } = content;
    const about = { boundary, version, threshold, fingerprint: rootFingerprint(content), keyFiles: made };
    process.stdout.write(`${JSON.stringify({ file: path, ...about, isWhole })}\n`);
    return;
  }
  const keys =
    made.length === 0 ? '' : `Wrote ${made.join(', ')} (0600): each goes to its holder, offline, and nowhere else.\n`;
  const next = isWhole
    ? 'It is signed by as many holders as it asks for. Write the fingerprint down: whoever pins it compares.'
    : `It lacks signatures: each further holder types \`diode-receiver root sign ${sign} HOLDER.key\`.`;
  process.stdout.write(`Wrote ${path}:\n${rootText(content)}\n\n${keys}${next}\n`);
}

/** Before anything is written. */
function requireNew(paths: readonly string[]): void {
  const [root = '', ...keys] = paths;
  if (keys.includes(root)) {
    throw new DiodeError('usage', `${root} would be a holder's key, too.`, 'Nothing was made: name another file.');
  }
  const taken = paths.find((path) => existsSync(path));
  if (taken === undefined) return;
  const cure = 'Nothing was made, since it is never overwritten: name another file, or take that one away.';
  throw new DiodeError('file-exists', `${taken} exists already.`, cure);
}

function bare(holders: readonly NewHolder[]): readonly RootKey[] {
  return holders.map(({ holder, publicKey }) => ({ holder, publicKey }));
}

function parseCount(typed: string): number {
  const count = Number(typed);
  if (Number.isInteger(count) && count >= 1 && count <= TRUST_LIMITS.maxRootKeys) return count;
  throw new InvalidArgumentError(`Give a number from 1 to ${TRUST_LIMITS.maxRootKeys}.`);
}

/** `diode-receiver root sign` and `root show`: one holder's signature, after reading what it stands under. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readGivenFile } from '../../src/cli/given-file.ts';
import { collect, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, type CommandText, Option } from '../../src/cli/program.ts';
import { confirmChange } from '../../src/cli/question.ts';
import { openTypedSigner, type SignerOptions, signerOptions } from '../../src/cli/signer-options.ts';
import { looksSigned, readTrustFile, trustRefused } from '../../src/cli/trust-files.ts';
import { createFile, replaceFile, requireNewFiles } from '../../src/config/durable-file.ts';
import { ed25519Thumbprint } from '../../src/crypto/thumbprint.ts';
import { SIGNER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { readSignature, requestDigest, shortDigest, signingRequestText } from '../../src/signer/signing-request.ts';
import { bundlePayload } from '../../src/trust/bundle-form.ts';
import { type GeneralJws, jwsSigningInput, verifiedSigners, withSignatures } from '../../src/trust/general-jws.ts';
import {
  keysByThumbprint,
  lackOfSigners,
  ROOT_TYPE,
  type RootContent,
  type RootKey,
  readRootContent,
  readUnjudgedRoot,
} from '../../src/trust/root-statement.ts';
import { BUNDLE_TYPE, type BundleContent, readBundleContent, readBundleJws } from '../../src/trust/trust-bundle.ts';
import { isProblem, type TrustProblem } from '../../src/trust/trust-problem.ts';
import { bundleFingerprint, bundleText, rootFingerprint, rootText } from '../../src/trust/trust-view.ts';
import { holderRequest } from '../trust/holder-request.ts';
import { type HolderSigner, keyFileSigners, requireKeysOf } from '../trust/root-holders.ts';
import { readRootFile } from '../trust/trust-files.ts';

interface SignOptions extends Omit<SignerOptions, 'algorithm' | 'keyFile'> {
  readonly key: readonly string[];
  readonly root?: string;
  readonly holder?: string;
  readonly request?: string;
  readonly signature?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What lies in a file, as far as it can be judged with the root that was given. */
interface Paper {
  readonly type: string;
  readonly payload: Buffer;
  /** Absent of a draft. */
  readonly jws?: GeneralJws;
  /** Whose signatures count, and how many of each root. */
  readonly roots: readonly Pick<RootContent, 'version' | 'threshold' | 'keys'>[];
  readonly about: { readonly boundary: string; readonly version: number; readonly fingerprint: string };
  readonly text: (signed: readonly string[]) => string;
}

export function addRootSignCommands(line: CommandLine, group: NonNullable<CommandText['group']>): void {
  addCommand(
    line,
    {
      usage: 'sign <FILE>',
      group,
      description: 'sign a draft, a trust bundle or a root statement as a holder, after reading all of it',
      options: [
        new Option('--key <FILE>', "the holder's key; once more for each").argParser(collect).default([]),
        ...tokenOptions(),
        new Option('--holder <NAME>', 'who signs elsewhere, with --request or --signature'),
        new Option(
          '--request <FILE>',
          'sign nothing: write a request for the signature of --holder, for `signer sign`',
        ),
        new Option('--signature <FILE>', 'take in what `signer sign` answered for --holder'),
        new Option('--root <FILE>', 'the root whose holder signs; for a root statement, the one before it'),
        new Option('--out <FILE>', 'where the signed bundle is written (default: FILE, if that is signed already)'),
        new Option('--yes', 'sign without asking: you have read it already'),
        jsonOption(),
      ],
      examples: [
        'diode-receiver root sign draft.json --root root.json --key alice.key --out bundle.json',
        'diode-receiver root sign bundle.json --root root.json --key bob.key',
        'diode-receiver root sign root-2.json --root root.json --key carol.key',
        'diode-receiver root sign bundle.json --root root.json --holder dave --request request.json',
        'diode-receiver root sign bundle.json --root root.json --holder dave --signature signature.json',
        'diode-receiver root sign bundle.json --root root.json --module /usr/lib/softhsm/libsofthsm2.so --token dave --label root --pin-file pin',
      ],
    },
    signCommand,
  );
  addCommand(
    line,
    {
      usage: 'show <FILE>',
      group,
      description: 'print what a draft, a trust bundle or a root statement says, who signed it, and what it lacks',
      options: [new Option('--root <FILE>', 'the root whose holders sign it'), jsonOption()],
      examples: ['diode-receiver root show root.json', 'diode-receiver root show bundle.json --root root.json'],
    },
    show,
  );
}

async function signCommand(file: string, options: SignOptions): Promise<0> {
  requireNewFiles(options.request);
  const paper = readPaper(file, options.root);
  const holders = paper.roots.flatMap(({ keys }) => keys);
  if (options.request !== undefined) return askElsewhere(options.request, { file, paper, holders }, options);
  const path = outPath(file, paper, options.out);
  const carried =
    options.signature === undefined ? [] : [carriedSigner(options.signature, { file, paper, holders }, options)];
  const signers = [...carried, ...(await openSigners(options, carried.length > 0))];
  try {
    return await signAs(signers, { file, paper, holders, path }, options);
  } finally {
    for (const { close } of signers) close();
  }
}

interface Asked {
  readonly file: string;
  readonly paper: Paper;
  readonly holders: readonly RootKey[];
}

/** The same request whenever it is made of this file: people may make it on both machines and compare. */
function askElsewhere(path: string, asked: Asked, options: SignOptions): 0 {
  const { key, module, token, label, signature, out } = options;
  if (key.length > 0 || [module, token, label, signature, out].some((typed) => typed !== undefined)) {
    throw new DiodeError('usage', '--request signs nothing.', 'Give it with --holder, and --root, alone.');
  }
  const { file, paper } = asked;
  const holder = typedHolder(asked, options.holder);
  const signed = signersOf(paper);
  if (isProblem(signed)) throw trustRefused(file, signed);
  if (signed.includes(holder.holder)) throw signedAlready(holder.holder, file);
  const request = holderRequest(paper, holder);
  createFile(path, signingRequestText(request), 0o644);
  const digest = requestDigest(request);
  const shown = shortDigest(digest);
  const text = options.json
    ? JSON.stringify({ file: resolve(path), holder: holder.holder, purpose: request.purpose, digest, shown })
    : `${paper.text(signed)}\n\n${path} asks ${holder.holder} to sign that; its digest is ${shown}.`;
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Throws DiodeError `request-foreign` or `request-invalid` for what is no signature of that holder under this very file. */
function carriedSigner(path: string, asked: Asked, { holder: name }: SignOptions): HolderSigner {
  const holder = typedHolder(asked, name);
  const text = readGivenFile(path, SIGNER_LIMITS.maxFileBytes, 'Name the file that was carried here.');
  const signature = readSignature(holderRequest(asked.paper, holder), text, path);
  return { name: path, publicKey: holder.publicKey, sign: () => signature, close: () => {} };
}

function typedHolder({ file, paper, holders }: Asked, name: string | undefined): RootKey {
  const found = holders.find(({ holder }) => holder === name);
  if (found !== undefined) return found;
  if (paper.roots.length === 0) {
    throw new DiodeError('usage', `${file} does not say who signs it.`, 'Give the root whose holder signs: --root.');
  }
  const seen = name === undefined ? 'Nobody is named who signs.' : `${name} is no holder.`;
  throw new DiodeError('usage', seen, `Give --holder with one of: ${holders.map(({ holder }) => holder).join(', ')}.`);
}

function signedAlready(holder: string, file: string): DiodeError {
  return new DiodeError(
    'usage',
    `${holder} has signed ${file} already.`,
    'Nothing was changed: have another holder sign.',
  );
}

async function signAs(
  signers: readonly HolderSigner[],
  { file, paper, holders, path }: Asked & { readonly path: string },
  options: SignOptions,
): Promise<0> {
  const names = signers.map(({ name }) => name);
  requireKeysOf(holders, signers, names, options.root ?? file);
  const signed = signersOf(paper);
  if (isProblem(signed)) throw trustRefused(file, signed);
  const again = signers.findIndex(({ publicKey }) => signed.includes(holderOf(holders, publicKey)));
  if (again >= 0) throw signedAlready(holderOf(holders, signers[again]?.publicKey ?? new Uint8Array()), file);
  // Whoever signed elsewhere has read it there.
  const isSigned = options.signature !== undefined && signers.length === 1;
  await confirmChange(`You are asked to sign:\n\n${paper.text(signed)}\n`, { yes: options.yes === true || isSigned });
  const { type, payload, jws } = paper;
  const content = { type, payload, ...(jws && { before: jws }) };
  const added = [];
  for (const { publicKey, sign } of signers) {
    added.push({ publicKey, signature: await sign(jwsSigningInput(content, publicKey)) });
  }
  const text = withSignatures(content, added);
  if (path === resolve(file)) replaceFile(path, text, 0o644);
  else createFile(path, text, 0o644);
  report(path, { ...paper, jws: readJws(text, type) }, options.json);
  return 0;
}

/** Of a key pair on a PKCS#11 token; root keys are Ed25519. */
function tokenOptions(): readonly Option[] {
  return signerOptions().filter(({ long }) => long !== '--algorithm' && long !== '--key-file');
}

/** `isEnough`: another one signs already. */
async function openSigners({ key, ...options }: SignOptions, isEnough: boolean): Promise<readonly HolderSigner[]> {
  const files = keyFileSigners(key);
  const { module, token, label } = options;
  if ((isEnough || files.length > 0) && module === undefined && token === undefined && label === undefined)
    return files;
  const signer = await openTypedSigner({ ...options, algorithm: 'EdDSA' });
  const onToken: HolderSigner = {
    name: `${token}, ${label}`,
    publicKey: Buffer.from(signer.publicJwk.x ?? '', 'base64url'),
    sign: (input) => signer.sign(input),
    close: () => signer.close(),
  };
  return [...files, onToken];
}

function show(file: string, { root, json }: { readonly root?: string; readonly json?: boolean }): 0 {
  report(resolve(file), readPaper(file, root), json, file);
  return 0;
}

function readPaper(file: string, rootFile: string | undefined): Paper {
  const text = readTrustFile(file);
  const given = rootFile === undefined ? undefined : readRootFile(rootFile);
  if (!looksSigned(text)) return bundlePaper(file, Buffer.from(text, 'utf8'), given);
  const rootJws = readUnjudgedRoot(text);
  if (!isProblem(rootJws)) return rootPaper(file, rootJws, given);
  const bundleJws = readBundleJws(text);
  if (!isProblem(bundleJws)) return bundlePaper(file, bundleJws.payload, given, bundleJws);
  throw trustRefused(file, rootJws.reason === 'trust-type' ? bundleJws : rootJws);
}

function rootPaper(file: string, jws: GeneralJws, before: RootContent | undefined): Paper {
  const content = readRootContent(jws.payload);
  if (isProblem(content)) throw trustRefused(file, content);
  const isNext = before !== undefined && before.version < content.version;
  return {
    type: ROOT_TYPE,
    payload: jws.payload,
    jws,
    roots: isNext ? [before, content] : [content],
    about: { ...content, fingerprint: rootFingerprint(content) },
    text: (signed) => rootText(content, signed),
  };
}

function bundlePaper(file: string, payload: Buffer, root: RootContent | undefined, jws?: GeneralJws): Paper {
  const content = readBundleContent(payload);
  if (isProblem(content)) throw trustRefused(file, content);
  if (root !== undefined) requireRootOf(file, content, root);
  return {
    type: BUNDLE_TYPE,
    payload: bundlePayload(content),
    ...(jws && { jws, payload }),
    roots: root === undefined ? [] : [root],
    about: { ...content, fingerprint: bundleFingerprint(content) },
    text: (signed) => bundleText(content, Date.now(), signed),
  };
}

function requireRootOf(file: string, { root, boundary }: BundleContent, { version, ...given }: RootContent): void {
  if (boundary !== given.boundary) {
    const seen = `it is of boundary ${boundary}, and the root of ${given.boundary}`;
    throw trustRefused(file, { reason: 'other-boundary', seen });
  }
  if (root === version) return;
  const seen = `it names root ${root}, and the root given is version ${version}`;
  throw trustRefused(file, { reason: root > version ? 'root-needed' : 'root-superseded', seen });
}

function outPath(file: string, { jws, type }: Paper, out: string | undefined): string {
  if (out === undefined && jws === undefined) {
    throw new DiodeError('usage', `${file} is a draft.`, 'Say where the signed bundle goes: --out bundle.json');
  }
  const path = resolve(out ?? file);
  if (path === resolve(file) || !existsSync(path)) return path;
  const kind = type === ROOT_TYPE ? 'root statement' : 'bundle';
  const cure = `Add your signature to it instead: diode-receiver root sign ${out} …`;
  throw new DiodeError('file-exists', `${path} exists already.`, `If it is this ${kind}: ${cure}`);
}

/** Names of holders whose signatures hold; without a root, none can be told. */
function signersOf({ jws, roots }: Paper): readonly string[] | TrustProblem {
  if (jws === undefined || roots.length === 0) return [];
  const keys = roots.flatMap((root) => root.keys);
  const signers = verifiedSigners(jws, keysByThumbprint(keys));
  if (isProblem(signers)) return signers;
  return [
    ...new Set(keys.filter(({ publicKey }) => signers.has(ed25519Thumbprint(publicKey))).map(({ holder }) => holder)),
  ];
}

function holderOf(holders: readonly RootKey[], publicKey: Uint8Array): string {
  const wanted = ed25519Thumbprint(publicKey);
  return holders.find((each) => ed25519Thumbprint(each.publicKey) === wanted)?.holder ?? '';
}

function readJws(text: string, type: string): GeneralJws {
  const jws = type === ROOT_TYPE ? readUnjudgedRoot(text) : readBundleJws(text);
  if (isProblem(jws)) throw trustRefused('What was signed', jws);
  return jws;
}

function report(path: string, paper: Paper, json: boolean | undefined, shown = path): void {
  const signed = signersOf(paper);
  if (isProblem(signed)) throw trustRefused(shown, signed);
  const { jws, roots, about } = paper;
  const allowed = roots.flatMap(({ keys }) => keys);
  const lack = jws === undefined ? undefined : lackOfSigners(jws, roots, allowed);
  const isWhole = jws !== undefined && roots.length > 0 && lack === undefined;
  if (json) {
    const { boundary, version, fingerprint } = about;
    process.stdout.write(`${JSON.stringify({ file: path, boundary, version, fingerprint, signed, isWhole })}\n`);
    return;
  }
  const state = isWhole
    ? 'It has the signatures that it needs.'
    : roots.length === 0
      ? 'Give --root root.json to see whose signatures it has.'
      : `Not yet valid: ${lack?.seen ?? 'it is a draft, which nobody has signed'}.`;
  process.stdout.write(`${shown}:\n${paper.text(signed)}\n\n${state}\n`);
}

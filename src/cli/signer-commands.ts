/** `signer key`, `request`, `sign`, `verify` of both programs: an offline ceremony with any key. None needs a DIR. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Program } from '../config/directory-layout.ts';
import { createFile, fileError, requireNewFiles } from '../config/durable-file.ts';
import { SIGNING_ALGORITHMS } from '../config/signer-config.ts';
import { SIGNER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type PublicJwk, publicJwkOf } from '../signer/signer.ts';
import {
  answerSigningRequest,
  parseSigningRequest,
  readSignature,
  requestDigest,
  type SigningRequest,
  shortDigest,
  signingRequestText,
} from '../signer/signing-request.ts';
import { readGivenFile } from './given-file.ts';
import { jsonOption } from './options.ts';
import { addCommand, type CommandLine, Option } from './program.ts';
import { confirmChange } from './question.ts';
import { openTypedSigner, type SignerOptions, signerOptions } from './signer-options.ts';

const group = { name: 'signer', description: 'keys that sign, and offline ceremonies with them' };

interface RequestOptions {
  readonly key: string;
  readonly purpose: string;
  readonly json?: boolean;
}

interface SignOptions extends SignerOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addSignerCommands(line: CommandLine, program: Program): void {
  addCommand(
    line,
    {
      group,
      usage: 'key',
      description: 'print the public half of a key as a JWK, with its id',
      options: signerOptions(),
      examples: [
        `${program} signer key --key-file root.key > root.jwk`,
        `${program} signer key --module /usr/lib/softhsm/libsofthsm2.so --token diode --label root --pin-file pin`,
      ],
    },
    async (options: SignerOptions): Promise<0> => {
      const signer = await openTypedSigner(options);
      signer.close();
      process.stdout.write(`${JSON.stringify(signer.publicJwk)}\n`);
      return 0;
    },
  );
  addCommand(
    line,
    {
      group,
      usage: 'request <FILE> <REQUEST>',
      description: "write a request for a signature over FILE's bytes, and show its digest",
      options: [
        new Option('--key <JWK>', 'whose signature is asked for: what `signer key` printed').makeOptionMandatory(),
        new Option('--purpose <TEXT>', 'what it is for: the signer reads it').makeOptionMandatory(),
        jsonOption(),
      ],
      examples: [`${program} signer request payload.bin request.json --key root.jwk --purpose "firmware 7 of site-a"`],
    },
    (file: string, path: string, options: RequestOptions): 0 => {
      requireNewFiles(path);
      const request = { purpose: options.purpose, key: readPublicJwk(options.key), payload: readPayload(file) };
      createFile(path, signingRequestText(request), 0o644);
      return show(request, options, { file: path });
    },
  );
  addCommand(
    line,
    {
      group,
      usage: 'sign <REQUEST> <SIGNATURE>',
      description:
        'on the machine that has the key: show a request, sign it once that is confirmed, write the signature',
      options: [...signerOptions(), new Option('--yes', 'do not ask: the digest was compared already'), jsonOption()],
      examples: [`${program} signer sign request.json signature.json --key-file root.key`],
    },
    async (path: string, signaturePath: string, options: SignOptions): Promise<0> => {
      requireNewFiles(signaturePath);
      const request = readRequest(path);
      const signer = await openTypedSigner(options);
      try {
        await confirmChange(`${requestView(request)}\nIt signs exactly that.`, options);
        createFile(signaturePath, await answerSigningRequest(request, signer), 0o644);
      } finally {
        signer.close();
      }
      return show(request, options, { file: signaturePath });
    },
  );
  addCommand(
    line,
    {
      group,
      usage: 'verify <REQUEST> <SIGNATURE>',
      description: 'whether a signature answers a request and holds',
      options: [new Option('--out <FILE>', 'write the bare signature'), jsonOption()],
      examples: [`${program} signer verify request.json signature.json --out payload.sig`],
    },
    (path: string, signaturePath: string, options: { readonly out?: string; readonly json?: boolean }): 0 => {
      requireNewFiles(options.out);
      const request = readRequest(path);
      const signature = readSignature(request, readWhole(signaturePath), signaturePath);
      const text = Buffer.from(signature).toString('base64url');
      if (options.out !== undefined) createFile(options.out, `${text}\n`, 0o644);
      return show(request, options, { signature: text });
    },
  );
}

function show(
  request: SigningRequest,
  { json }: { readonly json?: boolean },
  more: Readonly<Record<string, string>>,
): 0 {
  const digest = requestDigest(request);
  const about = { purpose: request.purpose, keyId: request.key.kid, digest, shown: shortDigest(digest), ...more };
  const rest = Object.entries(more).map(([name, value]) => `\n  ${name.padEnd(9)} ${value}`);
  process.stdout.write(json ? `${JSON.stringify(about)}\n` : `${requestView(request)}${rest.join('')}\n`);
  return 0;
}

function requestView(request: SigningRequest): string {
  const { purpose, key, payload } = request;
  return [
    ['purpose', purpose],
    ['key', `${key.kid} (${key.alg})`],
    ['bytes', String(payload.length)],
    ['digest', shortDigest(requestDigest(request))],
  ]
    .map(([name = '', value]) => `  ${name.padEnd(9)} ${value}`)
    .join('\n');
}

function readRequest(path: string): SigningRequest {
  return parseSigningRequest(readWhole(path), path);
}

function readWhole(path: string): string {
  return readGivenFile(path, SIGNER_LIMITS.maxFileBytes, 'Name the file that was carried here.');
}

function readPayload(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Rebuilt, so that a request holds public members and the id that belongs to them. */
function readPublicJwk(path: string): PublicJwk {
  const wrong = new DiodeError('usage', `${path} holds no public key as a JWK.`, 'Give what `signer key` printed.');
  try {
    const jwk = JSON.parse(readWhole(path)) as Record<string, unknown>;
    const algorithm = SIGNING_ALGORITHMS.find((known) => known === jwk.alg);
    const rebuilt = algorithm && publicJwkOf(createPublicKey({ key: jwk as never, format: 'jwk' }), algorithm);
    if (rebuilt !== undefined) return rebuilt;
  } catch (error) {
    if (error instanceof DiodeError) throw error;
  }
  throw wrong;
}

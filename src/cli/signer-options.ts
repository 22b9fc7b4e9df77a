/** Which key a command signs with: a file, or a key pair on a PKCS#11 token. */
import { resolve } from 'node:path';
import { SIGNING_ALGORITHMS, type SignerConfig, type SigningAlgorithm } from '../config/signer-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openSigner } from '../signer/open-signer.ts';
import type { Signer } from '../signer/signer.ts';
import { Option } from './program.ts';

export interface SignerOptions {
  readonly algorithm: SigningAlgorithm;
  readonly keyFile?: string;
  readonly module?: string;
  readonly token?: string;
  readonly label?: string;
  readonly pinFile?: string;
  readonly pinVariable?: string;
}

export const signerOptions = (): readonly Option[] => [
  new Option('--algorithm <NAME>', 'what the key signs').choices([...SIGNING_ALGORITHMS]).default('EdDSA'),
  new Option('--key-file <FILE>', 'the private key: PKCS #8 in PEM, 0600'),
  new Option('--module <LIBRARY>', "or the PKCS#11 token's own library"),
  new Option('--token <LABEL>', 'the label of the token'),
  new Option('--label <LABEL>', 'the label of the key pair on it'),
  new Option('--pin-file <FILE>', 'a file of 0600 that holds its PIN'),
  new Option('--pin-variable <NAME>', 'or the environment variable that does'),
];

/** Throws DiodeError `usage` where the options name no key or two, and as `openSigner`. */
export function openTypedSigner(options: SignerOptions): Promise<Signer> {
  return openSigner(typedSigner(options), options.algorithm, process.env);
}

function typedSigner({ keyFile, module, token, label, pinFile, pinVariable }: SignerOptions): SignerConfig {
  const isToken = module !== undefined || token !== undefined || label !== undefined;
  if (keyFile !== undefined && !isToken) return { kind: 'file', path: resolve(keyFile) };
  const hasPin = (pinFile === undefined) !== (pinVariable === undefined);
  if (keyFile === undefined && module !== undefined && token !== undefined && label !== undefined && hasPin) {
    const pin = pinFile === undefined ? { pinVariable: pinVariable as string } : { pinFile: resolve(pinFile) };
    return { kind: 'pkcs11', module: resolve(module), token, label, ...pin };
  }
  const seen = 'The options name no key, or more than one.';
  const cure = 'Give --key-file, or --module, --token, --label and one of --pin-file and --pin-variable.';
  throw new DiodeError('usage', seen, cure);
}

/** The signer of a config: reads the PIN, and proves the key before anybody relies on it. */
import { readSecretText } from '../config/key-files.ts';
import type { Pkcs11Config, SignerConfig, SigningAlgorithm } from '../config/signer-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { openKeyFileSigner } from './key-file-signer.ts';
import { openPkcs11Signer } from './pkcs11-signer.ts';
import { proveSigner, type Signer } from './signer.ts';
import type { PinSource } from './token-login.ts';

/** Throws DiodeErrors of key files and `signer-…`. `environment` holds the PIN where the config says so. */
export async function openSigner(
  config: SignerConfig,
  algorithm: SigningAlgorithm,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Signer> {
  if (config.kind === 'file') return openKeyFileSigner(config.path, algorithm);
  const signer = openPkcs11Signer(config, algorithm, pinSource(config, environment));
  try {
    await proveSigner(signer, `the key ${JSON.stringify(config.label)}`);
  } catch (error) {
    signer.close();
    throw error;
  }
  return signer;
}

/** Read at each login: a file that was corrected counts at once. */
function pinSource(
  { pinFile, pinVariable }: Pkcs11Config,
  environment: Readonly<Record<string, string | undefined>>,
): PinSource {
  if (pinFile !== undefined) return { place: pinFile, read: () => readSecretText(pinFile, 'PIN file').trim() };
  return { place: `the variable ${pinVariable}`, read: () => variablePin(environment[pinVariable ?? ''], pinVariable) };
}

function variablePin(pin: string | undefined, name: string | undefined): string {
  if (pin !== undefined && pin !== '') return pin;
  const seen = `The environment variable ${name} with the PIN of the token is not set.`;
  throw new DiodeError('signer-pin', seen, 'Set it for this program alone, or name a file of 0600 with pinFile.');
}

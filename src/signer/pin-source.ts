/** Where the PIN of a PKCS#11 token stands. Read at each login: a file that was corrected counts at once. */
import { readSecretText } from '../config/key-files.ts';
import type { Pkcs11Config } from '../config/signer-config.ts';
import { DiodeError } from '../ops/diode-error.ts';
import type { PinSource } from './token-login.ts';

export function pinSource(
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

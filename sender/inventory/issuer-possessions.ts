/** What makes tokens of the sender's own issuer those of this boundary: its key, what opens that, and for whom they are. */
import type { JsonWebKey } from 'node:crypto';
import type { Possession } from '../../src/config/inventory.ts';
import { issuerAudiences } from '../../src/config/own-possessions.ts';
import { jwkPublicHalf } from '../../src/config/public-half.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import type { SignerConfig } from '../../src/config/signer-config.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { openSigner } from '../../src/signer/open-signer.ts';
import { pinSource } from '../../src/signer/pin-source.ts';

type Issuer = NonNullable<SenderConfig['issuer']>;
/** Holds the PIN where the config says so. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Wherever the key lies, a token is opened for it as `run` does. Throws DiodeError `inventory-incomplete` where that fails. */
export async function issuerPossessions(issuer: Issuer, environment: Environment): Promise<readonly Possession[]> {
  try {
    // In this order: a PIN that is not there is told without a token being asked for it.
    const pin = pinPossessions(issuer.key, environment);
    return [
      ...issuerAudiences('issuer', issuer.issuer, issuer.audiences),
      ...pin,
      { kind: 'key', place: 'issuer.key', value: await publicHalf(issuer, environment) },
    ];
  } catch (error) {
    if (!(error instanceof DiodeError)) throw error;
    const seen = `The issuer's key cannot be listed, and an inventory that lacks something compares nothing: ${error.seen}`;
    throw new DiodeError('inventory-incomplete', seen, error.cure, { cause: error });
  }
}

async function publicHalf({ key, algorithm }: Issuer, environment: Environment): Promise<Uint8Array> {
  const signer = await openSigner(key, algorithm, environment);
  signer.close();
  return jwkPublicHalf(signer.publicJwk as JsonWebKey);
}

function pinPossessions(key: SignerConfig, environment: Environment): readonly Possession[] {
  if (key.kind === 'file') return [];
  const place = `issuer.key, ${key.pinFile === undefined ? 'pinVariable' : 'pinFile'}`;
  return [{ kind: 'credential', place, value: pinSource(key, environment).read() }];
}

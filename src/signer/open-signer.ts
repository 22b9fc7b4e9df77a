/** The signer of a config, proved before anybody relies on it. */
import type { SignerConfig, SigningAlgorithm } from '../config/signer-config.ts';
import { openHostedSigner } from './hosted-signer.ts';
import { openKeyFileSigner } from './key-file-signer.ts';
import { proveSigner, type Signer } from './signer.ts';

/** Throws DiodeErrors of key files and `signer-…`. `environment` holds the PIN where the config says so. */
export async function openSigner(
  config: SignerConfig,
  algorithm: SigningAlgorithm,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Signer> {
  if (config.kind === 'file') return openKeyFileSigner(config.path, algorithm);
  const signer = await openHostedSigner({ config, algorithm, environment });
  try {
    await proveSigner(signer, `the key ${JSON.stringify(config.label)}`);
  } catch (error) {
    signer.close();
    throw error;
  }
  return signer;
}

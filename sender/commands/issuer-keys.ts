/** `diode-sender issuer-keys`: the issuer's public keys, for the receiver's `issuers`. */
import { existsSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { addCommand, type CommandLine } from '../../src/cli/program.ts';
import { parseSenderConfig } from '../../src/config/sender-schema.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { openSigner } from '../../src/signer/open-signer.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { ISSUED_LOG_SCHEMA, IssuedLog } from '../issuer/issued-log.ts';
import { ownKeySet } from '../issuer/own-key-set.ts';
import { TrustState } from '../journal/trust-state.ts';
import { hasMigration } from '../sender-store.ts';

export function addIssuerKeysCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'issuer-keys <DIR>',
      description:
        'print the JWK set of the issuer of config.yaml: its key, and those before it under which a token may still be good',
      examples: ['diode-sender issuer-keys DIR > issuer-jwks.json'],
    },
    async (directory: string): Promise<0> => {
      const { layout, config } = openDirectory('diode-sender', directory, parseSenderConfig);
      const { issuer } = config;
      if (issuer === undefined) {
        const seen = `${layout.config} has no issuer.`;
        throw new DiodeError('key-missing', seen, 'Add the section `issuer`; the template of init shows it.');
      }
      const signer = await openSigner(issuer.key, issuer.algorithm, process.env);
      signer.close();
      const known = existsSync(layout.store) ? readKnown(layout.store, issuer.issuer) : { liveKeyIds: [] };
      process.stdout.write(`${ownKeySet(signer.publicJwk, known)}\n`);
      return 0;
    },
  );
}

function readKnown(path: string, issuer: string) {
  const store = openStoreReadOnly(path);
  try {
    // An older release issued nothing, so its key alone counts.
    if (!hasMigration(store, ISSUED_LOG_SCHEMA)) return { liveKeyIds: [] };
    const said = new TrustState(store).keySetOf(issuer);
    return { liveKeyIds: new IssuedLog(store).liveKeyIds(issuer, Date.now()), ...(said !== undefined && { said }) };
  } finally {
    store.close();
  }
}

import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../bench/support/project-root.ts';
import { type AeadAddon, loadAeadAddon } from '../../src/crypto/aead-addon.ts';
import { requirement } from './requirement.ts';

/** DIODE_AEAD_ADDON names another build of it: the one with sanitizers. */
export const AEAD_FILE = process.env.DIODE_AEAD_ADDON ?? `${projectRoot}src/native/build/Release/aead.node`;
const loaded = loadAeadAddon(pathToFileURL(AEAD_FILE));

export const hasAead = requirement(
  'the AEAD addon',
  typeof loaded !== 'string',
  typeof loaded === 'string' ? loaded : '',
);

/** Only for suites that are left out where `hasAead` is false. */
export const aead = loaded as AeadAddon;

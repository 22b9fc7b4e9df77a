import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../bench/support/project-root.ts';
import { loadUdpAddon, type UdpAddon } from '../../src/link/udp-addon.ts';
import { requirement } from './requirement.ts';

/** DIODE_UDP_ADDON names another build of it: the one with sanitizers. */
export const ADDON_FILE = process.env.DIODE_UDP_ADDON ?? `${projectRoot}src/native/build/Release/udp.node`;
const loaded = loadUdpAddon(pathToFileURL(ADDON_FILE));

export const hasAddon = requirement(
  'the UDP addon',
  typeof loaded !== 'string',
  typeof loaded === 'string' ? loaded : '',
);

/** Only for suites that are left out where `hasAddon` is false. */
export const addon = loaded as UdpAddon;

/** The code of what a call throws; undefined where it does not. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Options that several commands have. */
import { isIP } from 'node:net';
import { BAUDS, DEFAULT_BAUD } from '../config/serial-defaults.ts';
import type { LinkPlace } from '../config/shared-template.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { InvalidArgumentError, Option } from './program.ts';

export const jsonOption = () => new Option('--json', 'answer as one JSON object');

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** `192.0.2.7:7350` or `[2001:db8::7]:7350`; the port may be left out. `fallback` is what `linkPlace` takes without it. */
export function endpointOption(flags: string, description: string, fallback: Endpoint): Option {
  const text = `${description} (default: ${fallback.address}:${fallback.port})`;
  return new Option(flags, text).argParser((typed: string) => parseEndpoint(typed, fallback.port));
}

export interface LinkOptions {
  readonly link?: 'udp' | 'serial' | 'media';
  readonly device?: string;
  readonly baud?: number;
}

/** Of `init`, beside an endpoint option. */
export const linkOptions = (): readonly Option[] => [
  new Option('--link <KIND>', 'what carries frames; media: none, bundles on sticks alone (default: udp)').choices([
    'udp',
    'serial',
    'media',
  ]),
  new Option('--device <PATH>', 'the serial port, such as /dev/ttyUSB0'),
  new Option('--baud <BAUD>', `its speed (default: ${DEFAULT_BAUD})`).argParser(Number),
];

/** What was typed of the link; `endpoint` is its `flag`, where it was. Throws DiodeError `usage`. */
export function linkPlace(
  { link, device, baud = DEFAULT_BAUD }: LinkOptions,
  endpoint: { readonly flag: string; readonly typed: Endpoint | undefined; readonly fallback: Endpoint },
): LinkPlace {
  const { flag, typed, fallback } = endpoint;
  if (link === 'media') {
    if (device === undefined && typed === undefined) return { isMedia: true };
    throw new DiodeError('usage', 'Media need no address and no port.', `Leave out ${flag} and --device.`);
  }
  if (link !== 'serial') {
    if (device === undefined) return typed ?? fallback;
    throw new DiodeError('usage', '--device is of a serial link.', `Add --link serial, or give ${flag} instead.`);
  }
  if (typed !== undefined)
    throw new DiodeError('usage', `${flag} is of a UDP link.`, 'Leave it out, or --link serial.');
  if (device === undefined)
    throw new DiodeError('usage', 'A serial link needs its port.', 'Add --device /dev/ttyUSB0.');
  if ((BAUDS as readonly number[]).includes(baud)) return { device, baud };
  throw new DiodeError('usage', `${baud} is no speed of a serial port.`, `Give one of: ${BAUDS.join(', ')}.`);
}

export function parseEndpoint(typed: string, defaultPort: number): Endpoint {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(typed);
  const plain = isIP(typed) === 6 ? [typed, typed, undefined] : /^([^:]+)(?::(\d+))?$/.exec(typed);
  const [, address = '', portText] = bracketed ?? plain ?? [];
  const port = portText === undefined ? defaultPort : Number(portText);
  if (isIP(address.replace(/%[^%]+$/, '')) === 0) {
    throw new InvalidArgumentError('Give an address and a port, such as 192.0.2.7:7350 or [2001:db8::7]:7350.');
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('A port is 1 to 65535.');
  return { address, port };
}

/** For an option that may stand several times. */
export function collect(typed: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), typed];
}

/** A whole number from 1. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((typed: string) => {
    const value = Number(typed);
    if (/^[1-9]\d{0,15}$/.test(typed) && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError('Give a whole number from 1.');
  });
}

/** Options that several commands have. */
import { isIP } from 'node:net';
import { InvalidArgumentError, Option } from './program.ts';

export const jsonOption = () => new Option('--json', 'answer as one JSON object');

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** `192.0.2.7:7350` or `[2001:db8::7]:7350`; the port may be left out where there is a default. */
export function endpointOption(flags: string, description: string, fallback: Endpoint): Option {
  return new Option(flags, description)
    .default(fallback, `${fallback.address}:${fallback.port}`)
    .argParser((typed: string) => parseEndpoint(typed, fallback.port));
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

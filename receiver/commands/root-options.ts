/** What several of the ceremony's commands are told. */

import { InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { DAY_MS } from '../../src/limits.ts';

export function lifetime(days: number): { readonly issuedMs: number; readonly expiresMs: number } {
  // Whole seconds: people read these times aloud.
  const issuedMs = Math.floor(Date.now() / 1_000) * 1_000;
  return { issuedMs, expiresMs: issuedMs + days * DAY_MS };
}

export function validDays(standard: number, maxMs: number): Option {
  const most = maxMs / DAY_MS;
  return new Option('--valid-days <N>', 'how long it holds').default(standard).argParser((typed: string) => {
    const days = Number(typed);
    if (Number.isInteger(days) && days >= 1 && days <= most) return days;
    throw new InvalidArgumentError(`Give a number from 1 to ${most}.`);
  });
}

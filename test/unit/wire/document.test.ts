import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GATE_OUTCOMES } from '../../../receiver/gate/gate.ts';
import { DATAGRAM_OUTCOMES } from '../../../receiver/intake/assembler.ts';
import { CONTROL_OUTCOMES } from '../../../receiver/intake/control-desk.ts';
import { HELLO_OUTCOMES } from '../../../receiver/intake/hello-desk.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { RUN_REASONS } from '../../../src/wire/cobs.ts';

const document = readFileSync(new URL('../../../docs/wire-format.md', import.meta.url), 'utf8');

/** First and second cell of each row of the table below a heading. */
function tableBelow(heading: string): Map<string, string> {
  const section = document.split(new RegExp(`^## \\d+\\. ${heading}$`, 'm'))[1]?.split(/^## /m)[0] ?? '';
  const rows = section.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm);
  return new Map([...rows].map(([, name = '', value = '']) => [name, value.trim()]));
}

describe('docs/wire-format.md', () => {
  it('names every wire limit with its value, and no other', () => {
    const documented = [...tableBelow('Limits')].map(([name, value]) => [name, Number(value.replaceAll(',', ''))]);
    expect(Object.fromEntries(documented)).toEqual(WIRE_LIMITS);
  });

  it('names every code of the vectors', () => {
    const codes = tableBelow('Codes');
    const folder = new URL('../../vectors/wire/', import.meta.url);
    for (const name of readdirSync(folder)) {
      const { bad = [] } = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      for (const { error } of bad) expect(codes.has(error), `${name}: ${error}`).toBe(true);
    }
  });

  it('names every code that the receiver refuses datagrams, hellos and frames with', () => {
    const codes = tableBelow('Codes');
    const taken = [
      'hello',
      'trust',
      'accepted',
      'duplicate',
      'unneeded',
      'padding',
      'control',
      'released',
      'healed',
      'held',
      'old',
      'evicted',
    ];
    for (const outcome of [
      ...DATAGRAM_OUTCOMES,
      ...CONTROL_OUTCOMES,
      ...RUN_REASONS,
      ...HELLO_OUTCOMES,
      ...GATE_OUTCOMES,
    ]) {
      if (!taken.includes(outcome)) expect(codes.has(outcome), outcome).toBe(true);
    }
  });

  it('has a vector for every code that a vector can show', () => {
    const folder = new URL('../../vectors/wire/', import.meta.url);
    const shown = new Set<string>(
      readdirSync(folder).flatMap((name) =>
        (JSON.parse(readFileSync(new URL(name, folder), 'utf8')).bad ?? []).map(
          (vector: { error: string }) => vector.error,
        ),
      ),
    );
    // What needs a history of other input, or 4 MiB, has unit tests instead.
    const needsMore =
      /^(replayed|hello-(stale|epoch|epoch-jump|halting|halted|busy)|frame-bytes|manifest-bytes|epoch|sequence-jump|halted|held-full|not-accepting|unknown-key-expired|key-ended|key-revoked|spool-full|disk-full|spool-full)$/;
    for (const code of tableBelow('Codes').keys()) {
      if (!needsMore.test(code)) expect(shown.has(code), code).toBe(true);
    }
  });
});

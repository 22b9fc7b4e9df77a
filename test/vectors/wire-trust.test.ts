import { describe, expect, it } from 'vitest';
import { adopt, type TrustState } from '../../receiver/trust/trust-state.ts';
import { judgeFirstRoot } from '../../src/trust/root-statement.ts';
import { isProblem } from '../../src/trust/trust-problem.ts';
import { rootFingerprint } from '../../src/trust/trust-view.ts';
import { readVectors } from './wire-vectors.ts';

const { statements, cases, stream, nowMs, rootFingerprint: fingerprint } = readVectors('trust');
const texts = (names: readonly string[]): readonly string[] => names.map((name) => statements[name]);

function pinned(text: string): TrustState {
  const root = judgeFirstRoot(text);
  if (isProblem(root)) throw new Error(root.seen);
  return { roots: [root], bundle: undefined };
}

describe('trust statements', () => {
  it('have the fingerprint that people compare', () => {
    expect(rootFingerprint(pinned(statements.root1).roots[0] as TrustState['roots'][0])).toBe(fingerprint);
  });

  it('show what a receiver adopts and knows, and most reasons of a refusal', () => {
    const outcomes = new Set(cases.map(({ outcome }: { outcome: string }) => outcome));
    expect([...outcomes].sort()).toEqual([
      'adopted',
      'bundle-conflict',
      'bundle-expired',
      'bundle-rollback',
      'known',
      'other-boundary',
      'root-conflict',
      'root-expired',
      'root-gap',
      'root-needed',
      'root-rollback',
      'root-superseded',
      'signature-duplicate',
      'signature-invalid',
      'signature-unknown',
      'signatures-missing',
      'stream-missing',
      'trust-field',
      'trust-form',
      'trust-newer',
      'trust-type',
    ]);
  });

  it.each(cases as { trusted: string[]; offered: string[]; outcome: string }[])(
    'with $trusted, $offered: $outcome',
    ({ trusted, offered, outcome }) => {
      const [first = '', ...later] = texts(trusted);
      const state = pinned(first);
      const before = adopt(state, later, { stream, nowMs });
      if (before.outcome === 'refused') throw new Error(before.problem.seen);
      const adoption = adopt(before.state, texts(offered), { stream, nowMs });
      expect(adoption.outcome === 'refused' ? adoption.problem.reason : adoption.outcome).toBe(outcome);
    },
  );
});

/** Evidence as it comes on a page from elsewhere: nothing in it is believed, and nothing in it throws. */
import { describe, expect, it } from 'vitest';
import { evidencePage } from '../../../src/cli/evidence-page.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { checkEvidence, makeEvidence, parseEvidence } from '../../../src/media/evidence.ts';

const macKey = Buffer.alloc(32, 5);
const evidence = makeEvidence(
  {
    side: 'receiver',
    result: 'imported',
    boundary: 'site-a',
    stream: 'hr',
    bundle: 7,
    manifestDigest: 'ab'.repeat(32),
    code: 'B',
    epoch: 1,
    frames: '1–3 </script>',
    frameCount: 3,
    records: 9,
    madeAt: '2026-11-26T00:00:00Z',
    at: '2026-11-26T00:00:00Z',
    by: 'ana',
    details: ['<b>'],
  },
  signingKeyPair(Buffer.alloc(32, 1)),
  [macKey],
);

describe('evidence', () => {
  it('is read back from its page, and holds by its key and by the key that the two cards share', () => {
    const read = parseEvidence(evidencePage(evidence));
    expect(read).toEqual(evidence);
    expect(checkEvidence(evidence, [macKey])).toEqual({ isSigned: true, isAuthentic: true });
    expect(checkEvidence(evidence, [Buffer.alloc(32)])).toEqual({ isSigned: true, isAuthentic: false });
    expect(checkEvidence({ ...evidence, records: 10 }, [macKey])).toEqual({ isSigned: false, isAuthentic: false });
    expect(checkEvidence({ ...evidence, key: 'AA', macs: ['', 'AA'] }, [macKey])).toEqual({
      isSigned: false,
      isAuthentic: false,
    });
  });

  it.each([
    ['handed-over', 'verified and handed to the receiver, which had not taken all of it in yet'],
    ['refused', 'REFUSED: it was not taken in'],
  ] as const)('that says %s claims no more than is known then', (result, text) => {
    expect(evidencePage({ ...evidence, result }).replace(/\s+/g, ' ')).toContain(text);
  });

  it('is none with a field too many, however deep it is', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(parseEvidence(JSON.stringify(evidence).replace('{', `{"more":${deep},`))).toBeUndefined();
    expect(parseEvidence(JSON.stringify({ ...evidence, by: 0 }).replace('"by":0', `"by":${deep}`))).toBeUndefined();
  });

  const { by: _, ...withoutBy } = evidence;
  it.each([
    ['a field too few', withoutBy],
    ['another field in its place', { ...withoutBy, constructor: 'ana' }],
    ['a list of no texts', { ...evidence, macs: [5] }],
    ['a digest that is none', { ...evidence, manifestDigest: 'ab' }],
    ['another result', { ...evidence, result: 'lost' }],
    ['nothing', null],
  ])('is none with %s', (_what, value) => {
    expect(parseEvidence(JSON.stringify(value))).toBeUndefined();
  });
});

/** One sender's session for several receiver cards: the real sender's core, and a receiver's front half for each card. */
import { describe, expect, it } from 'vitest';
import { openSession } from '../../../../sender/transmit/session.ts';
import { type AgreementKeyPair, agreementKeyPair, openSecret } from '../../../../src/crypto/agreement.ts';
import { sessionAssociatedData } from '../../../../src/wire/hello.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import {
  boundary,
  coreRig,
  drive,
  encoder,
  entriesOf,
  senderAgreement,
  signing,
  stream,
  userLine,
} from '../../../support/sender-rig.ts';

const [primary, standby, stranger] = [21, 22, 23].map((fill) => agreementKeyPair(Buffer.alloc(32, fill))) as [
  AgreementKeyPair,
  AgreementKeyPair,
  AgreementKeyPair,
];

function receiverOf(receiverKeys: AgreementKeyPair): FrontHalf {
  const senderKeys = { find: () => signing.publicKey };
  const changes = { boundary, stream, receiverKeys, senderKeys, senderAgreementKey: senderAgreement.publicKey };
  const half = new FrontHalf({ changes: { ...changes, decoder: encoder } });
  half.wallOffsetMs = 1_800_000_000_000;
  return half;
}

/** What the intake loop does around HPKE. */
async function openWith(half: FrontHalf, keys: AgreementKeyPair): Promise<void> {
  const sealed = half.intake.sealedSecret;
  if (sealed === undefined) return;
  const secret = await openSecret(keys, sealed.hello.sealed, sessionAssociatedData(sealed.hello.body));
  half.intake.handleSecret(half.nowMs, half.wallMs, sealed, secret);
  half.poll();
}

async function receive(half: FrontHalf, keys: AgreementKeyPair, datagrams: readonly Buffer[]): Promise<void> {
  for (const datagram of datagrams) {
    half.receive(datagram);
    await openWith(half, keys);
  }
}

describe('a session for two receiver cards', () => {
  it('is opened by each with its own key, gives both the same frames, and a third nothing', async () => {
    const session = await openSession({
      boundary,
      stream,
      number: 1,
      id: Buffer.alloc(16, 17),
      secret: Buffer.alloc(32, 65),
      agreement: senderAgreement,
      receivers: [{ agreementKey: primary.publicKey }, { agreementKey: standby.publicKey }],
    });
    const { core, journal } = await coreRig({ session });
    core.handleEntries(0, entriesOf([userLine('a')]));
    const early = drive(core, 0, 400).map(({ datagram }) => datagram);
    core.handleEntries(500, entriesOf([userLine('b')], 2));
    const late = drive(core, 500, 2_500).map(({ datagram }) => datagram);

    const halves = { primary: receiverOf(primary), standby: receiverOf(standby), stranger: receiverOf(stranger) };
    await receive(halves.primary, primary, [...early, ...late]);
    // The standby is started later: the next hello lets it in, and repeats bring what it missed.
    await receive(halves.standby, standby, late);
    await receive(halves.stranger, stranger, [...early, ...late]);

    expect(journal.head.sequence).toBe(2);
    expect(halves.primary.spooled).toEqual(['1', '2']);
    expect(halves.standby.spooled).toEqual(['1', '2']);
    expect(halves.standby.intake.status(0).gate.digest).toEqual(halves.primary.intake.status(0).gate.digest);
    expect(halves.stranger.spooled).toEqual([]);
    expect(halves.stranger.status.hellos['hello-receiver']).toBeGreaterThan(0);
  });
});

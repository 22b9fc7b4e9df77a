/** One run: sender, link, receiver on virtual time, as a seed says; throws where anything that must hold does not. */
import { createHash } from 'node:crypto';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { checkJournal } from './journal-check.ts';
import { check, Ledger } from './ledger.ts';
import { type Delivery, LossyLink, NO_FAULTS } from './lossy-link.ts';
import { Random } from './random.ts';
import { RECEIVER_AGREEMENT, ReceiverNode } from './receiver-node.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { SenderNode } from './sender-node.ts';
import { VirtualTime } from './virtual-time.ts';
import { workloadOf } from './workload.ts';

export interface Outcome {
  readonly scenario: Scenario;
  /** Of all that was decided and when: two runs of one seed are the same run. */
  readonly digest: string;
  readonly frames: number;
  readonly released: number;
  readonly everMissing: number;
  readonly healed: number;
  readonly missing: number;
  readonly link: Readonly<Record<string, number>>;
  readonly virtualMs: number;
}

const HOLD_MS = 3_000;
/** A sender that is not done by then is stuck. */
const MAX_MS = 600_000;
/** Behind the faults: a hello comes within 10 s, and a tail that it names is waited for. */
const CALM_MS = 10_000 + HOLD_MS + 3_000;
const STEP_MS = 1_000;

export async function simulate(seed: number, tell: (line: string) => void = () => undefined): Promise<Outcome> {
  const random = new Random(seed ^ 0x51_0d_e5);
  const scenario = scenarioOf(seed);
  const time = new VirtualTime();
  const workload = workloadOf(scenario, random.fork());
  const digest = createHash('sha256');
  const note = (line: string) => {
    digest.update(`${time.nowMs.toFixed(3)} ${line}\n`);
    tell(`${time.nowMs.toFixed(3).padStart(12)} ${line}`);
  };
  const codec = new BlockCodec(loadKernelModule());
  const ledger = new Ledger(HOLD_MS, (sequence) => sender.frame(sequence));
  const link = new LossyLink(time, random.fork(), (delivery) => deliver(delivery));
  const sender: SenderNode = new SenderNode({
    time,
    random: random.fork(),
    scenario,
    workload,
    codec,
    receiverAgreementKeys: [RECEIVER_AGREEMENT.publicKey],
    send: (datagram) => {
      ledger.handleSent(datagram);
      link.send(datagram);
    },
  });
  const receiver = new ReceiverNode({
    time,
    random: random.fork(),
    scenario,
    codec,
    holdMs: HOLD_MS,
    onCommit: (spooled, gate) => {
      ledger.handleCommit(time.nowMs, spooled, gate);
      note(`commit ${spooled.map(({ sequence, isHealed }) => `${sequence}${isHealed ? 'h' : ''}`).join(' ')}`);
    },
    onSession: (handle) => ledger.handleSession(handle),
    onCrash: () => {
      note('receiver crashed');
      ledger.handleReceiverCrash();
    },
    onEvent: (event) => note(JSON.stringify(event).replaceAll(/"(digest|id)":"[0-9a-f]*",?/g, '')),
  });

  function deliver({ bytes, original }: Delivery): void {
    const before = receiver.status();
    if (original !== undefined && before !== undefined) ledger.handleDelivery(time.nowMs, original);
    receiver.handleDatagram(bytes);
    const after = receiver.status();
    if (after === undefined) return;
    if (original === undefined && before !== undefined) {
      const isLeftAlone = after.openBlocks === before.openBlocks && after.openBlockBytes === before.openBlockBytes;
      check(isLeftAlone, 'a forged datagram made room for itself');
    }
    check(after.openBlockBytes <= RECEIVER_LIMITS.maxBlockBytes, 'too many bytes in open blocks');
    check(after.waitingDatagrams <= RECEIVER_LIMITS.maxDatagramsBeforeHello, 'too many datagrams wait');
    check(after.gate.heldFrames <= RECEIVER_LIMITS.maxHeldFrames, 'too many frames are held');
    check(after.gate.gaps.length <= RECEIVER_LIMITS.maxOpenGaps, 'too many gaps are open');
  }

  link.faults = scenario.faults;
  for (const interruption of scenario.senderCrashes) time.at(interruption.atMs, () => sender.crash(interruption));
  for (const interruption of scenario.receiverCrashes) time.at(interruption.atMs, () => receiver.crash(interruption));
  for (const { atMs, forMs } of scenario.outages) {
    time.at(atMs, () => {
      link.isDown = true;
    });
    time.at(atMs + forMs, () => {
      link.isDown = false;
    });
  }
  try {
    receiver.start();
    await sender.start();
    const busyMs = scenario.workMs + 25_000;
    await time.runUntil(busyMs);
    sender.isFragile = false;
    receiver.isFragile = false;
    while (!sender.isDone) {
      check(time.nowMs < MAX_MS, 'the sender does not come to an end');
      await time.runUntil(time.nowMs + STEP_MS);
    }
    link.faults = NO_FAULTS;
    await time.runUntil(time.nowMs + CALM_MS);
    const head = sender.head.sequence;
    ledger.handleEnd(head, 1 + scenario.link.repeatAfterMs.length);
    checkJournal(
      workload,
      Array.from({ length: head }, (_, index) => sender.frame(index + 1) as Uint8Array),
    );
    const { summary } = ledger;
    if (scenario.faults === NO_FAULTS) check(summary.everMissing === 0, 'frames were missing though nothing was lost');
    return {
      scenario,
      digest: digest.digest('hex'),
      frames: head,
      ...summary,
      link: link.counts,
      virtualMs: time.nowMs,
    };
  } finally {
    sender.close();
    receiver.close();
  }
}

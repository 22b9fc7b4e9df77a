import { afterEach, describe, expect, it } from 'vitest';
import { IntakeLoop, SYSTEM_CLOCK } from '../../../../receiver/intake/intake-loop.ts';
import type { ReceiveLink } from '../../../../src/link/link.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { receiverKeys } from '../../../support/model-sender.ts';
import { sealedSender } from '../../../support/sealed-sender.ts';
import { until } from '../../../support/until.ts';

const loops: IntakeLoop[] = [];

afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});

describe('intake loop', () => {
  it('opens the session of a real sealed hello, and spools what came while it did', async () => {
    const { link, front, spooled } = await running();
    const { journal, session, hello } = await sealedSender();
    link.emit(hello, ...session.datagrams(journal.append()));
    await spooled(1);
    expect(front.spooled).toEqual(['1']);
  });

  it('commits the frames of one turn of the event loop together', async () => {
    const { link, front, spooled } = await running();
    const { journal, session, hello } = await sealedSender();
    link.emit(hello, ...Array.from({ length: 10 }, () => session.datagrams(journal.append())).flat());
    await spooled(10);
    expect(front.steps.filter((step) => step.startsWith('spooled'))).toEqual(['spooled 10']);
  });

  it('asks the clocks once for the datagrams of one turn', async () => {
    let looks = 0;
    const nowMs = () => {
      looks++;
      return SYSTEM_CLOCK.nowMs();
    };
    const { link, front } = await running(raise, { ...SYSTEM_CLOCK, nowMs });
    const { journal, session, hello } = await sealedSender();
    link.emit(hello);
    await until(() => front.status.hellos.accepted === 1);
    const before = looks;
    link.emit(...session.datagrams(journal.append()), ...session.datagrams(journal.append()));
    expect(looks).toBe(before + 1);
  });

  it('opens the stored session before it says that it runs', async () => {
    const first = await running();
    const { journal, session, hello } = await sealedSender();
    first.link.emit(hello, ...session.datagrams(journal.append()));
    await first.spooled(1);
    const again = new FrontHalf({ store: first.front.store });
    const link = new ModelLink();
    loops.push(await IntakeLoop.start({ intake: again.intake, link, receiverKeys, onFatal: raise }));
    expect(again.eventNames()).toContain('session-restored');
  });

  it('ends at a failure of the disk, says it once, and handles nothing more', async () => {
    const fatal: unknown[] = [];
    const { link, front } = await running((error) => fatal.push(error));
    const { journal, session, hello } = await sealedSender();
    front.store.pragma('query_only = ON');
    link.emit(hello, ...session.datagrams(journal.append()));
    await until(() => fatal.length > 0);
    link.emit(...session.datagrams(journal.append()));
    expect(fatal).toEqual([expect.objectContaining({ code: 'disk-failed' })]);
    expect(front.status.datagrams.accepted).toBeLessThanOrEqual(1);
  });
});

class ModelLink implements ReceiveLink {
  #handler: (datagram: Buffer) => void = () => {};

  onDatagram(handler: (datagram: Buffer) => void): void {
    this.#handler = handler;
  }

  emit(...datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) this.#handler(datagram);
  }

  onError(): void {}

  drops() {
    return { socket: undefined, interface: undefined };
  }

  async close(): Promise<void> {}
}

async function running(onFatal: (error: unknown) => void = raise, clock = SYSTEM_CLOCK) {
  const front = new FrontHalf();
  const link = new ModelLink();
  loops.push(await IntakeLoop.start({ intake: front.intake, link, receiverKeys, onFatal, clock }));
  const spooled = (count: number) => until(() => front.spool.depth.frames >= count);
  return { front, link, spooled };
}

function raise(error: unknown): never {
  throw error;
}

/**
 * What one refused datagram of each kind costs the receiver's intake, the system call that reads it apart: CPU time, so
 * that other work on the machine changes little. `node --import tsx test/flood/refusal-cost.ts`
 */
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';
import { FrontHalf } from '../support/front-half.ts';
import { ModelJournal, ModelSession } from '../support/model-sender.ts';
import { HOSTILE_KINDS, hostileDatagrams, hostileTurn } from './hostile-datagrams.ts';

const POOL = 20_000;
const COUNT = 40_000;

const front = new FrontHalf();
const journal = new ModelJournal();
const session = new ModelSession(journal);
front.meet(session);
const symbols = Array.from({ length: 300 }, () => session.datagrams(journal.append(3_000))).flat();
const hellos = Array.from({ length: 30 }, () => session.hello());
front.receive(...symbols, ...hellos);
const pool = hostileDatagrams([...symbols, ...hellos], POOL, seededFractions(1));
const turn = hostileTurn();
for (const kind of HOSTILE_KINDS) {
  const datagrams = pool.filter((_, index) => turn[index % turn.length] === kind);
  // Once to warm up, once to measure.
  refuse(datagrams);
  console.log(`${kind.padEnd(12)} ${refuse(datagrams).toFixed(2)} µs`);
}
process.exit(0);

/** CPU microseconds each. */
function refuse(datagrams: readonly Buffer[]): number {
  const before = process.cpuUsage();
  for (let index = 0; index < COUNT; index++) {
    front.intake.handleDatagram(front.nowMs, front.wallMs, datagrams[index % datagrams.length] as Buffer);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / COUNT;
}

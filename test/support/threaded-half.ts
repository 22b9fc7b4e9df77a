/**
 * The receiver's front half as two threads have it: an assembler host takes what the link brings, and what the two tell each
 * other is on its way until `exchange`, which `receive`, `open` and `poll` do as well.
 */

import type { AssemblerOrder, AssemblerReport } from '../../receiver/intake/assembler-messages.ts';
import { AssemblerProxy } from '../../receiver/intake/assembler-proxy.ts';
import { AssemblerHost } from '../../receiver/link-thread/assembler-host.ts';
import { FrontHalf, type FrontHalfOptions } from './front-half.ts';
import { codec } from './model-sender.ts';

/** Of one exchange. */
const MAX_ROUNDS = 10;

export class ThreadedHalf extends FrontHalf {
  readonly host: AssemblerHost;
  /** On their way. */
  readonly orders: AssemblerOrder[];
  readonly reports: AssemblerReport[] = [];

  constructor({ canWait = true, ...options }: FrontHalfOptions & { readonly canWait?: boolean } = {}) {
    const orders: AssemblerOrder[] = [];
    const proxy = new AssemblerProxy((order) => orders.push(order));
    super({ ...options, changes: { ...options.changes, proxy } });
    this.orders = orders;
    this.host = new AssemblerHost({ decoder: codec, canWait });
    // As the loop does when it starts.
    this.poll();
  }

  override arrive(datagram: Buffer): void {
    this.host.handleDatagram(this.nowMs, datagram);
    this.report();
    this.takeReports();
  }

  override poll(): void {
    this.intake.poll(this.nowMs, this.wallMs);
    this.exchange();
  }

  report(): void {
    const report = this.host.poll(this.nowMs);
    if (report !== undefined) this.reports.push(report);
    else if (this.host.nextDeadlineMs() !== undefined) this.reports.push(this.host.takeReport());
  }

  takeReports(): void {
    for (const report of this.reports.splice(0)) this.intake.handleReport(this.nowMs, this.wallMs, report);
  }

  takeOrders(): void {
    for (const order of this.orders.splice(0)) this.host.handleOrder(this.nowMs, order);
  }

  /** Until neither has anything for the other. */
  exchange(): void {
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
      this.takeOrders();
      this.report();
      if (this.reports.length === 0) return;
      this.takeReports();
      this.intake.poll(this.nowMs, this.wallMs);
    }
    throw new Error('the two threads never come to an end');
  }
}

/** A front half of one thread and one of two: what is true of one is true of the other. */
export const HALVES: readonly (readonly [string, (options?: FrontHalfOptions) => FrontHalf])[] = [
  ['on one thread', (options) => new FrontHalf(options)],
  ['with a thread for the link', (options) => new ThreadedHalf(options)],
];

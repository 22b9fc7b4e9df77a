import { describe, expect, it } from 'vitest';
import { LineWatch } from '../../../../receiver/intake/line-watch.ts';
import { SERIAL_LIMITS } from '../../../../src/limits.ts';
import { FrontHalf } from '../../../support/front-half.ts';
import { ModelJournal, ModelSession } from '../../../support/model-sender.ts';

const { garbledBytes, foreignDatagrams } = SERIAL_LIMITS;

function told(watch: LineWatch) {
  const events = [];
  for (let next = watch.poll(); next !== undefined; next = watch.poll()) events.push(next);
  return events;
}

describe('line watch', () => {
  it('tells bytes without a datagram among them, once, and when that ends, once', () => {
    const watch = new LineWatch();
    watch.handleBytes(garbledBytes - 1);
    expect(told(watch)).toEqual([]);
    watch.handleBytes(1);
    expect(told(watch)).toEqual([{ kind: 'garbled', bytes: garbledBytes, foreign: 0 }]);
    watch.handleBytes(10 * garbledBytes);
    watch.handleDatagram('noise');
    expect(told(watch)).toEqual([]);
    expect(watch.status.isGarbled).toBe(true);
    watch.handleDatagram('authentic');
    watch.handleDatagram('authentic');
    expect(told(watch)).toEqual([{ kind: 'clear' }]);
    expect(watch.status).toEqual({ isGarbled: false, bytes: 0, foreign: 0 });
  });

  it('is patient with noise between datagrams, and with datagrams before their hello', () => {
    const watch = new LineWatch();
    for (let minute = 0; minute < 100; minute++) {
      watch.handleBytes(garbledBytes - 1);
      watch.handleDatagram(minute % 2 === 0 ? 'formed' : 'authentic');
    }
    expect(told(watch)).toEqual([]);
  });

  it("tells another sender's datagrams: the form is right, and none is authentic", () => {
    const watch = new LineWatch();
    watch.handleBytes(1);
    for (let count = 1; count < foreignDatagrams; count++) watch.handleDatagram('foreign');
    watch.handleDatagram('authentic');
    for (let count = 1; count < foreignDatagrams; count++) watch.handleDatagram('foreign');
    expect(told(watch)).toEqual([]);
    watch.handleDatagram('foreign');
    expect(told(watch)).toEqual([{ kind: 'garbled', bytes: 0, foreign: foreignDatagrams }]);
  });

  it('says nothing of a link without bytes, whatever is forged there', () => {
    const watch = new LineWatch();
    for (let count = 0; count < 2 * foreignDatagrams; count++) watch.handleDatagram('foreign');
    expect(told(watch)).toEqual([]);
    expect(watch.status).toEqual({ isGarbled: false, bytes: 0, foreign: 0 });
  });
});

describe('the intake on a serial line', () => {
  it('judges by what it authenticated: noise, waiting datagrams, hellos of another receiver', () => {
    const half = new FrontHalf();
    const journal = new ModelJournal();
    const session = new ModelSession(journal);
    half.intake.handleBytes(half.wallMs, garbledBytes);
    expect(half.eventNames()).toContain('line-garbled');
    // Of a session that is not known yet: it has our form, and may be right.
    half.receive(...session.datagrams(journal.append()));
    expect(half.status.line).toEqual({ isGarbled: true, bytes: 0, foreign: 0 });
    half.meet(session);
    expect(half.eventNames()).toContain('line-clear');
    const hello = session.hello();
    hello[10] = (hello[10] as number) ^ 1;
    half.receive(...Array.from({ length: foreignDatagrams }, () => hello));
    expect(half.status.line).toMatchObject({ isGarbled: true, foreign: foreignDatagrams });
    half.receive(session.hello());
    expect(half.status.line.isGarbled).toBe(false);
  });
});

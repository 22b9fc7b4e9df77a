/** A gap from its loss to its close, over both cores: the ticket is printed, typed by a person, and heals it. */
import { expect, it } from 'vitest';
import { gapReport } from '../../receiver/gate/gap-report.ts';
import { gapReportText } from '../../receiver/gate/gap-view.ts';
import { readGate } from '../../receiver/gate/gate-store.ts';
import { planResend } from '../../sender/transmit/resend-plan.ts';
import { resendHandler, resendRequest } from '../../sender/transmit/resend-request.ts';
import { parseTickets } from '../../src/config/ticket-form.ts';
import type { RequestAnswer } from '../../src/ops/request-desk.ts';
import type { TokenRecord } from '../../src/wire/record.ts';
import { ISSUER } from '../support/back-half.ts';
import { boundary, entriesOf, stream, userLine } from '../support/sender-rig.ts';
import { WALL_AT_ZERO_MS, WholeLine } from '../support/whole-line.ts';

const names = { boundary, stream };
const EXPIRES_MS = WALL_AT_ZERO_MS + 300_000;

function jws(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'EdDSA', kid: 'a' })}.${part(claims)}.c2ln`;
}

function judge(line: WholeLine): void {
  line.half.judge = async ({ jws: text }: TokenRecord, nowMs: number) => {
    const { jti, sub, exp } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
    if (exp * 1_000 <= nowMs) return { accepted: false, code: 'expired', detail: 'Too late.', sha256: jti, jti };
    const times = { issuedAtMs: WALL_AT_ZERO_MS, expiresAtMs: exp * 1_000 };
    const facts = { jti, sha256: jti, issuer: ISSUER, subject: sub, audience: ['api'], slot: '', keyId: 'a', ...times };
    return { accepted: true, facts };
  };
}

const report = (line: WholeLine, maxCharacters = 120) => gapReport(names, readGate(line.half.database), maxCharacters);
const progress = (line: WholeLine) => line.half.store.progress as NonNullable<typeof line.half.store.progress>;
const published = (line: WholeLine) =>
  line.half.kafka
    .records('identity')
    .map(({ key, headers }) => `${key} ${headers.find(([name]) => name === 'ce_revision')?.[1]}`);

/** As an operator's command and the desk do it. */
function typeTicket(line: WholeLine, typed: string, request = '1'): RequestAnswer {
  const { core, store } = line.rig;
  const { epoch, frames } = planResend(store, names, parseTickets(typed.split(' ')));
  return resendHandler(core, () => {})({ id: request, kind: 'resend', body: resendRequest(epoch, frames) });
}

/** Frames 1 to 5, of one record each: 2 to 4 are lost with all their repeats. */
async function lineWithGap(): Promise<WholeLine> {
  const line = await WholeLine.open({ packer: { batchRecords: 1 } });
  judge(line);
  const token = { token: jws({ iss: ISSUER, sub: 'a', jti: 't1', exp: EXPIRES_MS / 1_000 }) };
  line.isLost = (sequence) => sequence >= 2 && sequence <= 4;
  line.rig.core.handleEntries(
    0,
    entriesOf([userLine('a'), userLine('b', 'old'), token, userLine('c'), userLine('b', 'new')]),
  );
  await line.pass(70_000);
  return line;
}

it('heals what was lost beyond all repeats, and publishes each record once or says why not', async () => {
  const line = await lineWithGap();
  expect(published(line)).toEqual(['User|a 1.1.0', 'User|b 1.5.0']);
  expect(progress(line).gaps).toEqual([[2, 4]]);
  const { tickets, gaps } = report(line);
  expect(gaps).toEqual([{ from: 2, to: 4, sinceMs: expect.any(Number) }]);
  const code = tickets[0]?.code as string;
  expect(code.length).toBeLessThan(40);
  const text = gapReportText(names, report(line), { nowMs: WALL_AT_ZERO_MS + 70_000, withQr: false });
  expect(text).toContain(code);
  expect(text).toMatch(/3 frames are missing in 1 gap\.\n\n {2}frames +how many +since +for\n {2}2–4 /);

  await line.pass(600_000);
  line.isLost = () => false;
  line.arrived.clear();
  const typed = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' ');
  expect(typeTicket(line, typed)).toEqual({ outcome: 'done', detail: { frames: 3, missing: 0, wasKnown: false } });
  await line.pass(1_000);

  // A whole pass each: one source symbol and its two of repair.
  expect([...line.arrived]).toEqual([
    [2, 3],
    [3, 3],
    [4, 3],
  ]);
  expect(report(line)).toMatchObject({ gaps: [], tickets: [] });
  expect(progress(line)).toMatchObject({
    gaps: [],
    sequence: 5,
    totals: { published: 3, superseded: 1, expired: 1, quarantined: 0 },
  });
  expect(published(line)).toEqual(['User|a 1.1.0', 'User|b 1.5.0', 'User|c 1.4.0']);
  expect(line.half.kafka.records('tokens')).toEqual([]);
  expect(line.events.filter(({ event }) => event === 'gap-closed')).toHaveLength(1);
  expect(line.rig.audit.of('frames-resent')).toEqual([expect.objectContaining({ frames: 3, missing: 0 })]);
});

it('changes nothing where frames come that healed already', async () => {
  const line = await lineWithGap();
  line.isLost = () => false;
  const code = report(line).tickets[0]?.code as string;
  typeTicket(line, code, '1');
  await line.pass(1_000);
  const before = [published(line), progress(line).totals];
  typeTicket(line, code, '2');
  await line.pass(1_000);
  expect([published(line), progress(line).totals]).toEqual(before);
  expect(line.rig.core.totals.resends).toEqual({ done: 6, missing: 0 });
});

it('goes on after a crash between a request and its end, and sends nothing twice for a request met twice', async () => {
  const line = await lineWithGap();
  line.isLost = () => false;
  const code = report(line).tickets[0]?.code as string;
  typeTicket(line, code);
  await line.restartSender();
  expect(line.rig.journal.resends.waitingFrames).toBe(3);
  expect(typeTicket(line, code)).toMatchObject({ outcome: 'done', detail: { wasKnown: true } });
  line.arrived.clear();
  await line.pass(5_000);
  expect(line.rig.core.totals.resends).toEqual({ done: 3, missing: 0 });
  expect(report(line).gaps).toEqual([]);
  await line.restartSender();
  expect(line.rig.journal.resends.waitingFrames).toBe(0);
  expect(typeTicket(line, code)).toMatchObject({ outcome: 'done', detail: { wasKnown: true } });
  await line.pass(5_000);
  expect(line.rig.core.totals.resends).toEqual({ done: 0, missing: 0 });
});

it('waits while the sender is paused, and is sent when it goes on', async () => {
  const line = await lineWithGap();
  line.isLost = () => false;
  const { core } = line.rig;
  core.pause.pause(1, '');
  typeTicket(line, report(line).tickets[0]?.code as string);
  await line.pass(100_000);
  expect([core.totals.resends.done, report(line).gaps.length]).toEqual([0, 1]);
  core.pause.resume();
  core.handleResumed(line.nowMs);
  await line.pass(1_000);
  expect(report(line).gaps).toEqual([]);
});

it('covers 256 gaps with as few tickets as fit the stated length, and heals all of them', async () => {
  const line = await WholeLine.open({ packer: { batchRecords: 1 } });
  const lines = Array.from({ length: 514 }, (_, index) => userLine(`u${index + 1}`));
  line.isLost = (sequence) => sequence % 2 === 0;
  line.rig.core.handleEntries(0, entriesOf(lines));
  await line.pass(100_000);
  line.isLost = () => false;
  line.rig.core.handleEntries(line.nowMs, entriesOf([userLine('last')], 515));
  await line.pass(5_000);
  expect(progress(line).gaps).toHaveLength(256);
  const { tickets } = report(line, 300);
  expect(tickets.length).toBeGreaterThan(1);
  expect(tickets.length).toBeLessThan(8);
  expect(tickets.flatMap(({ ticket }) => ticket.runs)).toHaveLength(256);
  for (const { code } of tickets) expect(code.length).toBeLessThanOrEqual(300);
  expect(typeTicket(line, tickets.map(({ code }) => code).join(' '))).toMatchObject({ detail: { frames: 256 } });
  await line.pass(5_000);
  expect(report(line).gaps).toEqual([]);
  expect(progress(line)).toMatchObject({ gaps: [], totals: { published: 514 } });
  expect(new Set(published(line)).size).toBe(published(line).length);
});

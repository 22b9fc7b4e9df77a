import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openLogger, withoutSecrets } from '../../../src/ops/logger.ts';

const JWS = 'eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.eyJzdWIiOiJiamVuc2VuIn0.c2lnbmF0dXJlLW9mLWl0LWFsbA';
const PEM =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMjHxsXEw8LBwL++vby7urm4t7a1tLOysbCvrq2sq6qp\n-----END PRIVATE KEY-----\n';

function logged(write: (log: ReturnType<typeof openLogger>) => void, level: 'debug' | 'info' = 'debug'): string {
  const lines: string[] = [];
  write(openLogger({ program: 'diode-sender', level, stream: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

describe('the log', () => {
  it('is one JSON object a line, with program, level by name and ISO time', () => {
    const text = logged((log) => log.info({ frames: 3 }, 'journaled'));
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      program: 'diode-sender',
      pid: process.pid,
      frames: 3,
      msg: 'journaled',
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    });
  });

  it('keeps quiet below its level', () => {
    expect(logged((log) => log.debug({ subject: 'User|1' }, 'published'), 'info')).toBe('');
  });

  it('never contains a token, wherever somebody put it', () => {
    const text = logged((log) => {
      log.info(`got ${JWS}`);
      log.info({ detail: { deep: { deeper: [{ deepest: `x ${JWS} y` }] } } }, 'x');
      log.info({ token: JWS, jws: JWS, line: JSON.stringify({ token: JWS }) }, 'x');
      log.error(new Error(`cannot parse ${JWS}`));
      log.info({ half: JWS.split('.').slice(0, 2).join('.') }, 'x');
    });
    for (const part of JWS.split('.')) expect(text).not.toContain(part);
    expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(6);
  });

  it('never contains a key, as bytes, as text or as PEM', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, at) => 200 - at));
    const text = logged((log) => {
      log.info({ bytes: key, list: [new Uint8Array(key)], keys: { signing: { secretKey: key.toString('hex') } } }, 'x');
      log.info({ config: { client: { 'sasl.password': 'hunter22' } } }, 'x');
      log.info({ seed: key.toString('base64'), note: PEM }, 'x');
      log.error(Object.assign(new Error('x'), { privateKey: key }));
    });
    expect(text).not.toContain('200,199');
    expect(text).not.toContain('"0":200');
    expect(text).not.toContain(key.toString('hex'));
    expect(text).not.toContain(key.toString('base64'));
    expect(text).not.toContain('hunter22');
    expect(text).not.toContain('MC4CAQAw');
  });

  it('survives whatever is logged: cycles, depth, bytes, nothing', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const text = logged((log) => {
      log.info(cycle, 'cycle');
      log.info({ nothing: null, absent: undefined, list: [1, [2, { three: new Uint16Array(3) }]] }, 'list');
      log.info({ at: new Date(0), error: new RangeError('y') }, 'values');
    });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ).toEqual(['cycle', 'list', 'values']);
  });

  it('leaves ordinary lines as they are', () => {
    const line =
      '{"level":"info","digest":"af60e241825af8e836a3939abaaa384a","gaps":[[3,4]],"msg":"key set eyJ of idp.example"}';
    expect(withoutSecrets(line)).toBe(line);
  });

  it('stays whole JSON after something was taken out', () => {
    const text = logged((log) => log.info({ a: JWS, b: Buffer.from([1]), c: new Uint8Array([1, 2]), d: PEM }, 'x'));
    const error = logged((log) =>
      log.error(Object.assign(new Error('y'), { key: Buffer.from([1]), view: new Uint8Array(2) })),
    );
    expect(JSON.parse(error)).toMatchObject({ err: { key: '[redacted]', view: '[redacted]' } });
    const torn = logged((log) => log.info({ a: PEM.slice(0, 60) }, 'z'));
    expect(JSON.parse(torn)).toMatchObject({ a: '[redacted]', msg: 'z' });
    expect(JSON.parse(text)).toMatchObject({ a: '[redacted]', b: '[1 bytes]', c: '[2 bytes]', msg: 'x' });
  });

  it.each([
    [true, /^\[[\d:.]+\] .*INFO.*: .*runs.*\n {4}.*frames.*: .*3.*\n$/],
    [false, /^\{"level":"info",.*"frames":3,"msg":"runs \[redacted\]"\}\n$/],
  ])(
    'is for people on a terminal and JSON elsewhere, without secrets on both: terminal %s',
    (isTTY, form) => {
      const program = `process.stdout.isTTY = ${isTTY};
      const { openLogger } = await import('./src/ops/logger.ts');
      openLogger({ program: 'diode-sender', level: 'info' }).info({ frames: 3 }, 'runs ${JWS}');`;
      const node = ['--import', 'tsx', '--input-type=module', '--eval', program];
      const text = execFileSync(process.execPath, node, { encoding: 'utf8' });
      expect(text).toMatch(form);
      expect(text).not.toContain(JWS.slice(-20));
    },
    60_000,
  );
});

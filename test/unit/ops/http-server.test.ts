import { afterEach, describe, expect, it } from 'vitest';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import { type OpsServer, type OpsSource, openOpsServer } from '../../../src/ops/http-server.ts';

const SOURCE: OpsSource = {
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' }),
  notReady: () => [],
  status: () => ({ stream: 'hr' }),
};
const open: OpsServer[] = [];

async function serve(source: Partial<OpsSource> = {}): Promise<string> {
  const server = await openOpsServer({ ...SOURCE, ...source }, { address: '127.0.0.1', port: 0 });
  open.push(server);
  return `http://127.0.0.1:${server.port}`;
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('the ops endpoint', () => {
  it('has no status while the program starts, and says so', async () => {
    const url = await serve({ status: () => undefined });
    const response = await fetch(`${url}/status`);
    expect([response.status, await response.text()]).toEqual([503, 'The program is starting.\n']);
  });

  it('serves metrics, health, readiness and status', async () => {
    const url = await serve();
    const metrics = await fetch(`${url}/metrics`);
    expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'up 1\n',
    ]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).text()).toBe('ready\n');
    expect(await (await fetch(`${url}/status?x=1`)).json()).toEqual({ stream: 'hr' });
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  it('says why it is not ready, with 503, while it is healthy', async () => {
    const url = await serve({ notReady: () => ['Kafka does not answer.', 'The clock is not trusted.'] });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, 'Kafka does not answer.\nThe clock is not trusted.\n']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('answers HEAD without a body and refuses what could change something', async () => {
    const url = await serve();
    const head = await fetch(`${url}/status`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(`${url}/status`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('goes on after a scrape that failed', async () => {
    const url = await serve({ metrics: () => Promise.reject(new Error('broken')) });
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses a port in use in a sentence with the cure', async () => {
    const port = Number(new URL(await serve()).port);
    const error = await openOpsServer(SOURCE, { address: '127.0.0.1', port }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiodeError);
    expect(error).toMatchObject({
      code: 'ops-port-in-use',
      seen: `The port ${port} on 127.0.0.1, where metrics and status are served, is in use.`,
      cure: 'Stop what uses it, or set ops.port in config.yaml.',
    });
  });
});

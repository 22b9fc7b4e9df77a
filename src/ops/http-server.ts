/** /metrics, /healthz, /readyz and /status for the machine that the program runs on. GET and HEAD; nothing is changed here. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from './diode-error.ts';

export interface OpsSource {
  /** Prometheus' text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Why the program is not doing its work, one sentence each; empty: it is. */
  notReady(): readonly string[];
  status(): object;
}

export interface OpsServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves until closed. Throws DiodeError `ops-port-in-use` where the port is taken or the address is not this machine's. */
export async function openOpsServer(
  source: OpsSource,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<OpsServer> {
  const server = createServer({ requestTimeout: OPS_LIMITS.opsRequestTimeoutMs }, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, 405, 'text/plain', 'Only GET and HEAD.\n');
    }
    answer(source, new URL(request.url ?? '/', 'http://ops').pathname, response).catch(() => {
      // A collector failed: the scrape is lost, the program goes on.
      if (!response.headersSent) send(response, 500, 'text/plain', 'This could not be collected.\n');
    });
  });
  server.maxConnections = OPS_LIMITS.maxOpsConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, address, port)));
    server.listen({ host: address, port }, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(source: OpsSource, path: string, response: ServerResponse): Promise<void> {
  if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
  if (path === '/readyz') {
    const reasons = source.notReady();
    return send(response, reasons.length === 0 ? 200 : 503, 'text/plain', `${reasons.join('\n') || 'ready'}\n`);
  }
  if (path === '/status') return send(response, 200, 'application/json', `${JSON.stringify(source.status())}\n`);
  if (path === '/metrics') {
    const { contentType, text } = await source.metrics();
    return send(response, 200, contentType, text);
  }
  send(response, 404, 'text/plain', 'Known: /metrics /healthz /readyz /status\n');
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType.includes('charset') ? contentType : `${contentType}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body);
}

function listenError(error: NodeJS.ErrnoException, address: string, port: number): Error {
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    const seen = `The port ${port} on ${address}, where metrics and status are served, is in use.`;
    return new DiodeError('ops-port-in-use', seen, 'Stop what uses it, or set ops.port in config.yaml.', options);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES') {
    const seen = `Metrics and status cannot be served on ${address} port ${port} (${error.code}).`;
    return new DiodeError('ops-port-in-use', seen, 'Set ops.address and ops.port in config.yaml.', options);
  }
  return error;
}

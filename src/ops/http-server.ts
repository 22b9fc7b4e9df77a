/** /metrics, /healthz, /readyz and /status for the machine that the program runs on. GET and HEAD; nothing is changed here. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from './diode-error.ts';

export interface OpsSource {
  /** Prometheus' text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Why the program is not doing its work, one sentence each; empty: it is. */
  notReady(): readonly string[];
  /** Undefined: it is starting. */
  status(): object | undefined;
}

export interface OpsServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What is asked for: of GET and HEAD alone. */
export interface HttpQuestion {
  readonly path: string;
  /** Without its port, lower case; empty where the request names none. */
  readonly host: string;
  readonly ifNoneMatch: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpPlace {
  readonly address: string;
  readonly port: number;
}

/** Serves until closed. Throws DiodeError `ops-port-in-use` where the port is taken or the address is not this machine's. */
export function openOpsServer(source: OpsSource, place: HttpPlace): Promise<OpsServer> {
  const what = { section: 'ops', served: 'Metrics and status' };
  return openHttpServer(({ path }) => answer(source, path), place, {
    ...what,
    maxConnections: OPS_LIMITS.maxOpsConnections,
  });
}

/**
 * The same for whatever answers; nothing but the head of a request is read, and little of that. `section`: of the config, for
 * the error that names it.
 */
export async function openHttpServer(
  answerTo: (question: HttpQuestion) => HttpAnswer | Promise<HttpAnswer>,
  { address, port }: HttpPlace,
  what: {
    readonly section: string;
    readonly served: string;
    readonly maxConnections: number;
    readonly requestTimeoutMs?: number;
  },
): Promise<OpsServer> {
  const { opsRequestTimeoutMs, maxOpsHeaderBytes } = OPS_LIMITS;
  const { requestTimeoutMs: timeoutMs = opsRequestTimeoutMs } = what;
  const timeouts = { requestTimeout: timeoutMs, headersTimeout: timeoutMs, keepAliveTimeout: timeoutMs };
  // Node looks every 30 s unless told otherwise, and until then nobody else is let in.
  const options = { ...timeouts, connectionsCheckingInterval: timeoutMs / 5, maxHeaderSize: maxOpsHeaderBytes };
  const server = createServer(options, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, plain(405, 'Only GET and HEAD.'));
    }
    Promise.resolve()
      .then(() => answerTo(questionOf(request)))
      .then(
        (answered) => send(response, answered),
        () => {
          // A collector failed: the scrape is lost, the program goes on.
          if (!response.headersSent) send(response, plain(500, 'This could not be collected.'));
        },
      );
  });
  server.maxConnections = what.maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, { address, port, ...what })));
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

export function plain(status: number, text: string): HttpAnswer {
  return { status, contentType: 'text/plain', body: `${text}\n` };
}

function questionOf({ url, headers }: IncomingMessage): HttpQuestion {
  const host = (headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  return { path: new URL(url ?? '/', 'http://ops').pathname, host, ifNoneMatch: headers['if-none-match'] ?? '' };
}

async function answer(source: OpsSource, path: string): Promise<HttpAnswer> {
  if (path === '/healthz') return plain(200, 'ok');
  if (path === '/readyz') {
    const reasons = source.notReady();
    return plain(reasons.length === 0 ? 200 : 503, reasons.join('\n') || 'ready');
  }
  if (path === '/status') {
    const status = source.status();
    if (status === undefined) return plain(503, 'The program is starting.');
    return { status: 200, contentType: 'application/json', body: `${JSON.stringify(status)}\n` };
  }
  if (path === '/metrics') {
    const { contentType, text } = await source.metrics();
    return { status: 200, contentType, body: text };
  }
  return plain(404, 'Known: /metrics /healthz /readyz /status');
}

function send(response: ServerResponse, { status, contentType, body, headers = {} }: HttpAnswer): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // RFC 9110 §15.4.5: a 304 describes what the client has, and has no body.
    ...(status !== 304 && {
      'content-type': contentType.includes('charset') ? contentType : `${contentType}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
    }),
    ...headers,
  });
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(status === 304 ? undefined : body);
}

function listenError(
  error: NodeJS.ErrnoException,
  at: HttpPlace & { readonly section: string; readonly served: string },
): Error {
  const { address, port, section, served } = at;
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    const seen = `The port ${port} on ${address}, where ${served.toLowerCase()} are served, is in use.`;
    return new DiodeError(
      'ops-port-in-use',
      seen,
      `Stop what uses it, or set ${section}.port in config.yaml.`,
      options,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES') {
    const seen = `${served} cannot be served on ${address} port ${port} (${error.code}).`;
    const cure = `Set ${section}.address and ${section}.port in config.yaml.`;
    return new DiodeError('ops-port-in-use', seen, cure, options);
  }
  return error;
}

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createKafkaCertificates, type KafkaCertificates } from './kafka-certificates.ts';
import { kafkaJars } from './kafka-jars.ts';
import { type KafkaListener, type KafkaServerSettings, kafkaServerProperties } from './kafka-server-properties.ts';

const run = promisify(execFile);
/** Data of brokers that nobody stopped, removed at exit. */
const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export interface KafkaOptions {
  /** Of the PLAINTEXT listener; a free one by default. */
  readonly port?: number;
  /** Listeners beside PLAINTEXT, each on a free port. Certificates are made as needed. */
  readonly listeners?: readonly Exclude<KafkaListener, 'PLAINTEXT'>[];
  /** SASL/PLAIN users: user → password. */
  readonly users?: Readonly<Record<string, string>>;
  /** Further server properties; they win over the defaults. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Runs the broker inside this network namespace (`ip netns exec`). */
  readonly namespace?: string;
  /** The address listened on and advertised; 127.0.0.1 by default. */
  readonly host?: string;
  /** How the broker's JVM runs: to start fast and small, the default, or as `kafka-server-start.sh` runs one. */
  readonly jvm?: 'small' | 'server';
}

export interface Kafka {
  /** host:port of the PLAINTEXT listener. */
  readonly brokers: string;
  /** host:port of another listener; throws when it was not asked for. */
  brokersOf(listener: KafkaListener): string;
  /** Present with an SSL or SASL_SSL listener. */
  readonly certificates: KafkaCertificates | undefined;
  /** A folder that lives as long as this broker does, for a test's own files. */
  readonly folder: string;
  readonly pid: number;
  /** What the broker logged so far (warnings and errors). */
  log(): string;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, and waits for the end; the data stays for `restart`. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end; the data stays for `restart`. */
  shutdown(): Promise<void>;
  /** Starts again on the same data and ports, after ending what runs. */
  restart(): Promise<void>;
  /** Ends the broker and removes its data. */
  stop(): Promise<void>;
}

/** Whether a broker can run here and be looked into: Java, kcat, openssl, and the jars or Maven to fetch them. */
export function canRunKafka(): boolean {
  const works = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  return works('java', '-version') && works('kcat', '-V') && works('openssl', 'version') && works('mvn', '--version');
}

/** A real Apache Kafka (KRaft, one node), ready for requests: about 3 s. The caller stops it. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const jars = await kafkaJars();
  const folder = await mkdtemp(`${tmpdir()}/diode-kafka-`);
  folders.add(folder);
  const settings = await prepare(options, folder);
  const propertiesFile = `${folder}/server.properties`;
  await writeFile(propertiesFile, kafkaServerProperties(settings));
  const clusterId = randomBytes(16).toString('base64url');
  await run('java', [
    ...javaOptions(jars),
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${clusterId}`,
    '-c',
    propertiesFile,
  ]);

  const brokersOf = (listener: KafkaListener) => {
    const port = settings.ports[listener];
    if (port === undefined) throw new Error(`the test broker has no ${listener} listener; name it in listeners`);
    return settings.host.includes(':') ? `[${settings.host}]:${port}` : `${settings.host}:${port}`;
  };
  const prefix = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace];
  const launch = async () => {
    const java = javaOptions(jars, options.jvm);
    const child = launchBroker([...prefix, 'java', ...java, 'kafka.Kafka', propertiesFile], folder);
    await untilReady(child, brokersOf('PLAINTEXT'), prefix, folder);
    return child;
  };
  let broker = await launch();
  const end = async (signal: NodeJS.Signals) => {
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = once(broker, 'exit');
    broker.kill('SIGCONT');
    broker.kill(signal);
    const forced = setTimeout(() => broker.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  };
  return {
    brokers: brokersOf('PLAINTEXT'),
    brokersOf,
    certificates: settings.tls,
    folder,
    get pid() {
      return broker.pid as number;
    },
    log: () => readFileSync(`${folder}/broker.log`, 'utf8'),
    freeze: () => void broker.kill('SIGSTOP'),
    thaw: () => void broker.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    shutdown: () => end('SIGTERM'),
    restart: async () => {
      await end('SIGTERM');
      broker = await launch();
    },
    stop: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}

interface PreparedSettings extends KafkaServerSettings {
  readonly tls?: KafkaCertificates;
}

async function prepare(options: KafkaOptions, folder: string): Promise<PreparedSettings> {
  const listeners = options.listeners ?? [];
  const [controllerPort, freePort, ...others] = await freePorts(2 + listeners.length);
  const host = options.host ?? '127.0.0.1';
  const dataFolder = `${folder}/data`;
  await mkdir(dataFolder);
  const secure = listeners.some((name) => name.endsWith('SSL'));
  return {
    host,
    ports: {
      PLAINTEXT: options.port ?? (freePort as number),
      ...Object.fromEntries(listeners.map((name, index) => [name, others[index] as number])),
    },
    controllerPort: controllerPort as number,
    dataFolder,
    ...(secure ? { tls: await createKafkaCertificates(folder, { host }) } : {}),
    ...(options.users === undefined ? {} : { users: options.users }),
    ...(options.properties === undefined ? {} : { extra: options.properties }),
  };
}

const JVM_OPTIONS = {
  // The first-tier compiler and the serial collector start fastest, and leave the other core to the test.
  small: ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  // kafka-server-start.sh and kafka-run-class.sh of Kafka 4.1.
  server: [
    ...['-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
    ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
  ],
} as const;

function javaOptions(jars: string, jvm: KafkaOptions['jvm'] = 'small'): readonly string[] {
  return [...JVM_OPTIONS[jvm], '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`];
}

function launchBroker(command: readonly string[], folder: string): ChildProcess {
  const log = openSync(`${folder}/broker.log`, 'a');
  // The kernel ends the broker with this process, however this process ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function untilReady(child: ChildProcess, brokers: string, prefix: readonly string[], folder: string) {
  const [program, ...args] = [...prefix, 'kcat', '-L', '-J', '-m', '2', '-b', brokers];
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const answer = await run(program as string, args).catch(() => undefined);
    // A broker that is still fenced does not list itself.
    if (answer !== undefined && (JSON.parse(answer.stdout) as { brokers: unknown[] }).brokers.length > 0) return;
    await delay(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the test broker did not start:\n${readFileSync(`${folder}/broker.log`, 'utf8').slice(-4_000)}`);
}

/** Ports that are free now; held open together, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

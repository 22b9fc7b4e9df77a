/**
 * The sections Architecture and Dependencies of docs/decisions.md as a test. Each ban names its cure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What each folder may import beside itself. `limits` is src/limits.ts. */
const ALLOWED: Record<string, readonly string[]> = {
  'src/wire': ['limits'],
  'src/fec': ['limits'],
  'src/native': [],
  'src/crypto': ['limits', 'src/native'],
  'src/identity': ['limits', 'src/wire', 'src/crypto', 'src/config', 'src/ops'],
  'src/token': ['limits', 'src/wire', 'src/crypto', 'src/config', 'src/ops', 'src/identity'],
  'src/trust': ['limits', 'src/wire', 'src/crypto', 'src/config', 'src/identity', 'src/token'],
  'src/link': ['limits', 'src/native', 'src/config', 'src/ops', 'src/wire'],
  'src/store': ['limits', 'src/ops'],
  'src/signer': ['limits', 'src/config', 'src/crypto', 'src/identity', 'src/ops'],
  'src/audit': ['limits', 'src/ops', 'src/crypto'],
  'src/ops': ['limits', 'src/config', 'src/store'],
  'src/config': ['limits', 'src/wire', 'src/crypto', 'src/ops', 'src/identity'],
  'src/kafka': ['limits', 'src/config', 'src/ops'],
  'src/media': ['limits', 'src/wire', 'src/crypto', 'src/fec', 'src/identity', 'src/config', 'src/ops'],
  'src/cli': [
    'limits',
    'src/wire',
    'src/crypto',
    'src/ops',
    'src/config',
    'src/audit',
    'src/store',
    'src/link',
    'src/identity',
    'src/media',
    'src/signer',
    'src/trust',
  ],
  sender: ['limits', 'src/*'],
  receiver: ['limits', 'src/*'],
};

/** The one file that imports each npm package, and why the package is there. */
const PACKAGES: Record<string, readonly [file: string, reason: string]> = {
  '@hpke/chacha20poly1305': ['src/crypto/agreement.ts', "suite 1's AEAD for HPKE"],
  '@hpke/core': ['src/crypto/agreement.ts', 'HPKE, RFC 9180'],
  'age-encryption': ['src/media/age-file.ts', 'bundles are age files'],
  'better-sqlite3': ['src/store/database.ts', 'journal, spool, tables'],
  commander: ['src/cli/program.ts', 'command line'],
  echarts: ['src/cli/svg-chart.ts', 'charts as SVG'],
  jose: ['src/token/jose-keys.ts', 'JOSE'],
  kafkajs: ['src/kafka/topic-admin.ts', 'describeConfigs, which node-rdkafka lacks'],
  'node-rdkafka': ['src/kafka/rdkafka.ts', 'Kafka'],
  pino: ['src/ops/logger.ts', 'logs'],
  pkcs11js: ['src/signer/pkcs11-module.ts', 'PKCS#11 tokens; optional'],
  'pino-pretty': ['src/ops/logger.ts', 'logs on a terminal'],
  'prom-client': ['src/ops/metrics-registry.ts', 'metrics'],
  protobufjs: ['src/wire/protobuf-settings.ts', 'protobuf'],
  'sodium-native': ['src/crypto/sodium.ts', 'Ed25519 and ChaCha20-Poly1305'],
  uqr: ['src/cli/qr.ts', 'QR codes of cards and evidence'],
  yaml: ['src/config/yaml-document.ts', 'config.yaml'],
  zod: ['src/config/schema.ts', 'config.yaml'],
  'zstd-napi': ['src/wire/compression.ts', 'payloads'],
};

/**
 * Files that may touch a clock, a socket, a file, a timer or randomness, and wait. Every other file of these folders is
 * pure: it gets bytes and nowMs, so that the simulator drives the very code that runs.
 */
const EDGES: Record<string, Readonly<Record<string, string>>> = {
  sender: {
    main: 'the program',
    pipeline: 'connects stages, link and source',
    'running-sender': 'connects them while they run, and stops them',
  },
  'sender/calibration': { 'sweep-run': 'waits for the link' },
  'sender/commands': { '*': 'commands' },
  'sender/inventory': {
    inventory: 'waits for the issuer’s key',
    'issuer-possessions': 'opens the issuer’s key',
  },
  'sender/issuer': {
    'issuer-desk': 'has the key and randomness, and waits for signatures',
    'signing-batch': 'waits for signatures',
    'foreign-desk': 'waits for answers',
    'foreign-question': 'waits for answers',
    'https-get': 'asks over the network',
  },
  'sender/journal': {
    'reject-file': 'writes a file',
  },
  'sender/media': {
    'bundle-export': 'waits for the age format',
    'export-choice': 'waits for a snapshot',
    'export-evidence': 'stamps it',
    'volume-placement': 'looks which disk a medium is',
    'snapshot-export': 'waits for the running sender, or frames what it would',
  },
  'sender/ops': {},
  'sender/revert': {
    'revert-file': 'writes and reads a file',
  },
  'sender/snapshot': {},
  'sender/sources': { '*': 'read files and standard input' },
  'sender/transmit': {
    'send-loop': 'has the timer and the link',
    session: 'waits for HPKE',
  },
  'sender/trust': {},
  receiver: {
    main: 'the program',
    pipeline: 'connects stages, link and Kafka',
    'running-receiver': 'stops them, one after the other',
    'system-clock': 'is the clock',
  },
  'receiver/calibration': {},
  'receiver/commands': { '*': 'commands' },
  'receiver/gate': {},
  'receiver/guard': {},
  'receiver/intake': {
    'file-scratch': 'writes files',
    'intake-loop': 'has the timer, the link and HPKE',
    'intake-store': 'asks the file system for room',
  },
  'receiver/inventory': {
    'kafka-possessions': 'reads the key files that Kafka is given',
  },
  'receiver/link-thread': {
    'link-thread': 'starts the thread, and asks how many cores there are',
    'link-thread-program': 'is it: has the link, a clock and timers',
  },
  'receiver/media': {
    'bundle-check': 'waits for the age format',
    'bundle-frames': 'waits for the age format',
    'change-file': 'writes a file',
    'import-evidence': 'stamps it',
    'import-desk': 'has a timer and reads files',
    'import-file': 'writes and reads files',
    'import-state': 'looks whether there is a database',
  },
  'receiver/ops': {},
  'receiver/publish': {
    publisher: 'waits for Kafka',
    'kafka-session': 'waits for Kafka',
    'kafka-access': 'waits for Kafka',
    recovery: 'reads progress back from Kafka',
    'table-rebuild': 'reads topics back from Kafka',
    'name-collection': 'reads names back from Kafka',
    'topic-reading': 'reads a topic back from Kafka',
    'transaction-plan': 'waits for token-judge',
  },
  'receiver/tokens': {
    'verification-endpoint': 'opens the port',
    'token-judge': 'waits for verdicts',
    'token-policy': 'waits for the keys of seals',
    'token-lookahead': 'waits for verdicts',
    'token-threads': 'waits for threads',
    'token-thread': 'starts a thread',
    'token-thread-program': 'is one',
    'token-checks': 'asks how many cores there are',
  },
  'receiver/trust': {
    'root-holders': 'draws and reads keys',
    'trust-store': 'reads and writes files',
  },
  'receiver/witness': {},
  'src/wire': {},
  'src/identity': {},
  'src/trust': {},
  'src/fec': { 'kernel-module': 'reads the kernel' },
  'src/crypto': { agreement: 'waits for HPKE' },
};

const BANS: readonly (readonly [what: RegExp, cure: string])[] = [
  [/\bDate\.now\(|new Date\(\)|performance\.now\(|process\.hrtime/, 'take nowMs (or wallMs) as an argument'],
  [/\bMath\.random\(/, 'take random bytes as an argument; in tests, a seeded generator'],
  [/\b(randomBytes|randomUUID|randomInt|getRandomValues)\(/, 'take random bytes as an argument'],
  [/\bset(Timeout|Interval|Immediate)\(/, 'offer nextDeadlineMs() and poll(); the loop at the edge has the timer'],
  [/\bprocess\.(?!env\b)|\bprocess\.env\b/, 'take what you need as an argument from main'],
  [/\b(async|await)\b(?!')/, 'offer the work to the edge and take its result by a handleX method'],
  [
    /'node:(fs|fs\/promises|net|dgram|os|child_process|worker_threads|timers|timers\/promises|http|https)'/,
    'move it to a file at the edge, named in EDGES of test/unit/architecture.test.ts with the others',
  ],
];

interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

const files = ['src', 'sender', 'receiver'].flatMap((folder) => sourcesBelow(folder));
const importsOf = new Map(files.map((file) => [file, readImports(file)]));

describe('architecture', () => {
  it('each folder imports only what it may', () => {
    const wrong: string[] = [];
    for (const [file, imports] of importsOf) {
      const own = folderOf(file);
      for (const { specifier } of imports.filter((entry) => entry.specifier.startsWith('.'))) {
        const target = folderOf(posix.join(posix.dirname(file), specifier));
        if (!mayImport(own, target)) {
          wrong.push(
            `${file} imports ${specifier}: ${own} may not know ${target}. Move what both need further down, or hand it in.`,
          );
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('every folder of src stands in the list above', () => {
    const folders = new Set([...importsOf.keys()].map(folderOf).filter((folder) => folder !== 'limits'));
    for (const folder of folders)
      expect(ALLOWED, `name ${folder} in ALLOWED and say what it may import`).toHaveProperty([folder]);
  });

  it('every folder of the programs says which of its files are edges, and stands in docs/architecture.md', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    const rows = new Set([...page.matchAll(/^\| `([a-z/-]+)` \|/gm)].map(([, folder = '']) => folder));
    const folders = new Set(files.map((file) => posix.dirname(file)).filter((folder) => folder !== 'src'));
    for (const folder of folders) {
      if (!folder.startsWith('src')) expect(EDGES, `name ${folder} in EDGES`).toHaveProperty([folder]);
      expect(rows, `docs/architecture.md has no row for ${folder}`).toContain(folder);
    }
    for (const folder of rows) expect(folders, `docs/architecture.md names ${folder}`).toContain(folder);
  });

  it('no two files import each other, however far around', () => {
    expect(cycle(), 'take the part that both need into a file of its own').toBeUndefined();
  });

  it('each npm package is imported by exactly one file', () => {
    const wrong: string[] = [];
    const seen = new Set<string>();
    for (const [file, imports] of importsOf) {
      for (const { specifier } of imports) {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        seen.add(name);
        const owner = PACKAGES[name]?.[0];
        if (owner === undefined)
          wrong.push(`${file} imports ${name}: give it a line in PACKAGES and docs/decisions.md.`);
        else if (owner !== file) wrong.push(`${file} imports ${name}: use what ${owner} exports.`);
      }
    }
    for (const name of Object.keys(PACKAGES))
      if (!seen.has(name)) wrong.push(`nothing imports ${name}: remove its line.`);
    expect(wrong).toEqual([]);
  });

  it('docs/decisions.md names the same importers', () => {
    const rows = readFileSync(join(ROOT, 'docs/decisions.md'), 'utf8').matchAll(
      /^\| (`[^|]+`[^|]*) \| (`[^|]+`[^|]*) \|/gm,
    );
    const named = [...rows].flatMap(([, packages = '', importer = '']) => {
      const [file] = /`([^`]+)`/.exec(importer)?.slice(1) ?? [];
      return [...packages.matchAll(/`([^`]+)`/g)].map(([, name]) => `${name}: ${file}`);
    });
    expect(named.sort()).toEqual(
      Object.entries(PACKAGES)
        .map(([name, [file]]) => `${name}: ${file}`)
        .sort(),
    );
  });

  it('pure files touch no clock, socket, file, timer or randomness, and never wait', () => {
    const wrong: string[] = [];
    for (const file of files.filter(isPure)) {
      const lines = codeOf(file).split('\n');
      for (const [index, line] of lines.entries()) {
        for (const [what, cure] of BANS)
          if (what.test(line)) wrong.push(`${file}:${index + 1} ${line.trim()} — ${cure}.`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('the files at the edge are still there', () => {
    for (const [folder, names] of Object.entries(EDGES)) {
      for (const name of Object.keys(names))
        if (name !== '*') expect(files, `EDGES names ${folder}/${name}`).toContain(`${folder}/${name}.ts`);
    }
  });

  it.each([
    [
      /^\s*(export )?(declare )?(const )?enum /m,
      'no enums: a union of strings, or a const object where the wire has numbers',
    ],
    [/^export default/m, 'no default exports: name what you export'],
    [
      /\bINTO \w+ VALUES \([^)]*[?@]/m,
      'no insert by position: name the columns, or a column that is added later shifts or breaks it',
    ],
    [/^export (type )?(\*|\{[^}]*\}) from/m, 'no barrels: import from the file that has it'],
  ])('no file has %s', (what, cure) => {
    for (const file of files) expect(what.test(codeOf(file)), `${file}: ${cure}`).toBe(false);
  });

  it('no file is named for what it is not', () => {
    for (const file of files) {
      expect(file, 'name it for what it exports').not.toMatch(/\/(utils?|helpers?|common|misc|index)\.ts$/);
      expect(file, 'kebab-case').toMatch(/^[a-z0-9/-]+(\.d)?\.ts$/);
    }
  });
});

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name))
    .filter((name) => name.endsWith('.ts') && !name.includes('/generated/') && !name.includes('/assembly/'));
}

/** The source without its comments; strings stay. */
function codeOf(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/(^|\s)\/\/.*$/gm, '$1');
}

function readImports(file: string): Import[] {
  const code = codeOf(file);
  const imports: Import[] = [];
  for (const [, type, names = '', specifier = ''] of code.matchAll(
    /^(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s+'([^']+)'/gm,
  )) {
    const list = /^\{([^}]*)\}$/
      .exec(names.trim())?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    imports.push({
      specifier,
      isTypeOnly: type !== undefined || (list?.every((name) => name.startsWith('type ')) ?? false),
    });
  }
  for (const [, specifier = ''] of code.matchAll(/^import\s+'([^']+)'/gm))
    imports.push({ specifier, isTypeOnly: false });
  for (const [, specifier = ''] of code.matchAll(
    /(?:\bimport|\brequire|createRequire\(import\.meta\.url\))\(\s*'([^']+)'/g,
  )) {
    imports.push({ specifier, isTypeOnly: false });
  }
  return imports;
}

function folderOf(file: string): string {
  if (file === 'src/limits.ts') return 'limits';
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? `src/${second}` : top;
}

function mayImport(own: string, target: string): boolean {
  const allowed = ALLOWED[own] ?? [];
  return target === own || allowed.includes(target) || (allowed.includes('src/*') && target.startsWith('src/'));
}

function isPure(file: string): boolean {
  const names = EDGES[dirname(file)];
  return names !== undefined && !('*' in names) && !(posix.basename(file, '.ts') in names);
}

/** The first ring of value imports, as text. */
function cycle(): string | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    path.push(file);
    for (const { specifier, isTypeOnly } of importsOf.get(file) ?? []) {
      if (isTypeOnly || !specifier.startsWith('.')) continue;
      const found = visit(posix.join(posix.dirname(file), specifier));
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const found = visit(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

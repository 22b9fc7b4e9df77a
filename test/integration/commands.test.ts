/** What an operator types before anything runs: set-up, mistakes, and what each is told. On the real programs. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditText } from '../../bench/support/audit-text.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { type Answer, editConfig, type } from '../support/command-line.ts';

let root: string;
let count = 0;
/** A fresh pair, made once and copied by making it anew: receiver, sender, not trusted yet. */
let rx: string;
let tx: string;

const inRoot = (name: string) => join(root, name);
const fingerprintOf = (card: string) => (JSON.parse(readFileSync(card, 'utf8')) as { fingerprint: string }).fingerprint;
const refused = ({ code, stderr }: Answer) => [code, stderr];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'diode-'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function makeReceiver(boundary = 'site-a'): Promise<string> {
  const directory = inRoot(`rx${++count}`);
  const answer = await type('diode-receiver', ['init', directory, '--boundary', boundary]);
  expect(refused(answer)).toEqual([0, '']);
  return directory;
}

async function makeSender(card: string, stream = 'hr'): Promise<string> {
  const directory = inRoot(`tx${++count}`);
  const answer = await type('diode-sender', ['init', directory, '--stream', stream, '--receiver-card', card]);
  expect(refused(answer)).toEqual([0, '']);
  return directory;
}

describe('the set-up of a pair', () => {
  it('goes init, init, trust, by files', async () => {
    rx = await makeReceiver();
    tx = await makeSender(join(rx, 'receiver-card.json'));
    const trust = await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json')], 'yes\n');
    expect(trust.code).toBe(0);
    expect(trust.stderr).toContain("Does the sender's operator read the same fingerprint to you?");
    expect(trust.stdout).toBe(
      `The sender of stream hr is trusted now: ${fingerprintOf(join(tx, 'sender-card.json'))}\n`,
    );
    const again = await type('diode-receiver', ['trust', rx, join(tx, 'sender-card.json')]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('was trusted already')]);
  });

  it('writes private keys for their owner alone, and nothing secret into cards, config or the command log', async () => {
    for (const [directory, keys] of [
      [rx, ['agreement.key', 'audit.key']],
      [tx, ['agreement.key', 'signing.key', 'audit.key']],
    ] as const) {
      expect(statSync(join(directory, 'keys')).mode & 0o777).toBe(0o700);
      const side = directory === rx ? 'receiver' : 'sender';
      const shown = ['config.yaml', `${side}-card.json`].map((name) => readFileSync(join(directory, name), 'utf8'));
      shown.push(auditText(side, directory, 'commandAudit'));
      for (const key of keys) {
        const path = join(directory, 'keys', key);
        expect(statSync(path).mode & 0o777).toBe(0o600);
        const secret = Buffer.from(readFileSync(path, 'utf8').split('\n')[1] as string, 'base64').subarray(-32);
        for (const text of shown) {
          for (const form of ['base64', 'base64url', 'hex'] as const) expect(text).not.toContain(secret.toString(form));
        }
      }
    }
  });

  it('records each command in the command log, before it takes effect', () => {
    const entries = auditText('receiver', rx, 'commandAudit').trimEnd().split('\n');
    expect(entries.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      'command-init',
      'command-trust',
    ]);
  });

  it('goes by typed code too, in lower case and without hyphens', async () => {
    const code = (await type('diode-receiver', ['card', rx, '--code'])).stdout;
    const typed = code.toLowerCase().replace(/-/g, ' ').replace(/0/g, 'o');
    const directory = await makeSender(typed, 'ops');
    expect(readFileSync(join(directory, 'config.yaml'), 'utf8')).toContain('boundary: "site-a"');
  });

  it('shows a card with every field, as a code, as a QR code and as JSON', async () => {
    const view = await type('diode-receiver', ['card', rx]);
    expect(view.stdout).toMatch(/boundary {7}site-a\n/);
    expect(view.stdout.replace(/\s+/g, ' ')).toContain(fingerprintOf(join(rx, 'receiver-card.json')));
    const qr = await type('diode-receiver', ['card', rx, '--qr']);
    expect(qr.stdout).toMatch(/[█▀▄]{20}/);
    const json = JSON.parse((await type('diode-receiver', ['card', rx, '--json'])).stdout) as { code: string };
    expect((await type('diode-receiver', ['card', rx, '--code'])).stdout.replace(/\s|-/g, '')).toBe(
      json.code.replaceAll('-', ''),
    );
  });

  it('adds and removes a standby on the sender', async () => {
    const standby = await makeReceiver();
    const card = join(standby, 'receiver-card.json');
    const added = await type('diode-sender', ['trust', tx, card, '--fingerprint', fingerprintOf(card), '--json']);
    expect(JSON.parse(added.stdout)).toMatchObject({ trusted: true, wasTrusted: false, needsRestart: false });
    const removed = await type('diode-sender', ['trust', tx, card, '--remove', '--json']);
    expect(JSON.parse(removed.stdout)).toMatchObject({ trusted: false, wasTrusted: true });
  });

  it('answers scripts with JSON', async () => {
    const directory = inRoot(`rx${++count}`);
    const answer = await type('diode-receiver', ['init', directory, '--boundary', 'site-a', '--json']);
    expect(JSON.parse(answer.stdout)).toMatchObject({ directory, card: { kind: 'receiver-card', boundary: 'site-a' } });
  });
});

describe('a mistake with cards', () => {
  let card: string;
  beforeEach(() => {
    card = join(tx, 'sender-card.json');
  });

  it('one typing error in a code: refused, with the group to look at', async () => {
    const code = (JSON.parse((await type('diode-receiver', ['card', rx, '--json'])).stdout) as { code: string }).code;
    const wrong = code.slice(0, 8) + (code[8] === '7' ? '8' : '7') + code.slice(9);
    const answer = await type('diode-sender', ['init', inRoot('never'), '--stream', 'hr', '--receiver-card', wrong]);
    expect(refused(answer)).toEqual([
      1,
      'diode-sender: This text is no card code: its checksum does not hold, so there is a typing error in group 2. Compare group 2 with the original.\n',
    ]);
    expect(existsSync(inRoot('never'))).toBe(false);
  });

  it('a card of another boundary: refused, and nothing is pinned', async () => {
    const other = await makeReceiver('site-b');
    const answer = await type('diode-receiver', ['trust', other, card, '--yes']);
    expect(refused(answer)).toEqual([
      1,
      "diode-receiver: The sender's card is of boundary site-a; this receiver is in boundary site-b. Nothing was changed: take the card of the sender that was made for this receiver.\n",
    ]);
    const sender = await type('diode-sender', ['trust', tx, join(other, 'receiver-card.json'), '--yes']);
    expect(refused(sender)).toEqual([
      1,
      expect.stringContaining('is of boundary site-b; this sender is in boundary site-a.'),
    ]);
  });

  it('receiver cards of two boundaries for one sender: refused', async () => {
    const other = join(await makeReceiver('site-b'), 'receiver-card.json');
    const cards = ['--receiver-card', join(rx, 'receiver-card.json'), '--receiver-card', other];
    const answer = await type('diode-sender', ['init', inRoot('never'), '--stream', 'hr', ...cards]);
    expect(refused(answer)).toEqual([
      1,
      expect.stringContaining('The receiver cards are of different boundaries: site-a, site-b.'),
    ]);
  });

  it("one's own card, or no card at all: refused with what to give", async () => {
    const own = await type('diode-receiver', ['trust', rx, join(rx, 'receiver-card.json'), '--yes']);
    expect(refused(own)).toEqual([1, expect.stringContaining("is a receiver's card. Give the sender's card instead.")]);
    const none = await type('diode-receiver', ['trust', rx, 'nowhere.json', '--yes']);
    expect(refused(none)).toEqual([1, expect.stringContaining('"nowhere.json" is neither a file nor a card code.')]);
  });

  it('an answer other than yes, or another fingerprint: nothing is pinned', async () => {
    const receiver = await makeReceiver();
    const no = await type('diode-receiver', ['trust', receiver, card], 'no\n');
    expect([no.code, no.stderr]).toEqual([
      1,
      expect.stringContaining("The sender's card was not confirmed. Nothing was changed"),
    ]);
    const silent = await type('diode-receiver', ['trust', receiver, card]);
    expect(silent.code).toBe(1);
    const other = await type('diode-receiver', ['trust', receiver, card, '--fingerprint', 'ab'.repeat(32)]);
    expect(refused(other)).toEqual([1, expect.stringContaining('not the one given. Nothing was changed')]);
    const run = await type('diode-receiver', ['run', receiver]);
    expect(refused(run)).toEqual([
      1,
      `diode-receiver: This receiver trusts no sender yet, so it would refuse everything. Run: diode-receiver trust ${receiver} sender-card.json\n`,
    ]);
  });

  it('a second sender for one receiver: refused, unless it replaces the first', async () => {
    const second = join(await makeSender(join(rx, 'receiver-card.json'), 'ops'), 'sender-card.json');
    const answer = await type('diode-receiver', ['trust', rx, second, '--yes']);
    expect(refused(answer)).toEqual([
      1,
      expect.stringContaining('This receiver trusts another sender already: stream hr'),
    ]);
    expect((await type('diode-receiver', ['trust', rx, second, '--yes', '--replace'])).code).toBe(0);
    expect((await type('diode-receiver', ['trust', rx, card, '--yes', '--replace'])).code).toBe(0);
  });
});

describe('a mistake with the directory', () => {
  it('init where something is: refused, and every file stays as it was', async () => {
    const key = readFileSync(join(rx, 'keys/agreement.key'));
    const answer = await type('diode-receiver', ['init', rx, '--boundary', 'site-a']);
    expect(refused(answer)).toEqual([
      1,
      `diode-receiver: ${join(rx, 'config.yaml')} exists already. Nothing was changed: name a new directory; keys are never overwritten.\n`,
    ]);
    expect(readFileSync(join(rx, 'keys/agreement.key'))).toEqual(key);
  });

  it.each(['run', 'check', 'status', 'card'])('%s on a directory that is not there', async (command) => {
    const answer = await type('diode-sender', [command, inRoot('nowhere')]);
    expect(answer.code).toBe(1);
    expect(answer.stdout + answer.stderr).toMatch(/There is no (directory )?.*nowhere/);
  });

  it("the other program's directory: told apart", async () => {
    const answer = await type('diode-sender', ['status', rx]);
    const sentence = `diode-sender: ${rx} is a directory of diode-receiver. Name one of diode-sender.\n`;
    expect(refused(answer)).toEqual([1, sentence]);
  });

  it('a key that others can read, is missing, or was exchanged', async () => {
    const directory = await makeSender(join(rx, 'receiver-card.json'));
    const key = join(directory, 'keys/signing.key');
    chmodSync(key, 0o644);
    expect(refused(await type('diode-sender', ['run', directory]))).toEqual([
      1,
      `diode-sender: The key file ${key} has mode 0644: others than its owner can open it. Run: chmod 600 ${key} (and ask who may have read it).\n`,
    ]);
    const check = JSON.parse((await type('diode-sender', ['check', directory, '--json'])).stdout) as {
      items: object[];
    };
    expect(check.items).toContainEqual(expect.objectContaining({ item: 'keys', level: 'fail' }));
    rmSync(key);
    expect(refused(await type('diode-sender', ['run', directory]))).toEqual([
      1,
      expect.stringMatching(/^diode-sender: There is no key file .*signing\.key\. Restore it from the backup/),
    ]);
    writeFileSync(key, readFileSync(join(directory, 'keys/agreement.key')), { mode: 0o600 });
    expect(refused(await type('diode-sender', ['run', directory]))).toEqual([
      1,
      expect.stringContaining('holds a key of type x25519.'),
    ]);
    writeFileSync(key, readFileSync(join(tx, 'keys/signing.key')), { mode: 0o600 });
    const other = JSON.parse((await type('diode-sender', ['check', directory, '--json'])).stdout) as {
      items: object[];
    };
    expect(other.items).toContainEqual(
      expect.objectContaining({
        item: 'card',
        level: 'fail',
        seen: expect.stringContaining('the other side trusts something else'),
      }),
    );
    const sentence = expect.stringMatching(/the other side trusts something else\. Restore the boundary.*or the keys/);
    expect(refused(await type('diode-sender', ['run', directory]))).toEqual([1, sentence]);
    const receiver = await makeReceiver();
    writeFileSync(join(receiver, 'keys/agreement.key'), readFileSync(join(rx, 'keys/agreement.key')), { mode: 0o600 });
    expect(refused(await type('diode-receiver', ['run', receiver]))).toEqual([1, sentence]);
  });

  it('several problems in config.yaml: all of them at once, with their lines', async () => {
    const directory = await makeSender(join(rx, 'receiver-card.json'));
    editConfig(directory, {
      'rateBitsPerSecond: 50000000': 'rateBitPerSecond: 50000000',
      'repairPercent: 10': 'repairPercent: lots',
      'port: 9464': 'port: 123456',
    });
    const lines = readFileSync(join(directory, 'config.yaml'), 'utf8').split('\n');
    const line = (text: string) => lines.findIndex((content) => content.includes(text)) + 1;
    const answer = await type('diode-sender', ['run', directory]);
    expect(refused(answer)).toEqual([
      1,
      `diode-sender: ${join(directory, 'config.yaml')} has 3 problems:
  line ${line('rateBitPerSecond')}, link.rateBitPerSecond: no such setting. Did you mean \`rateBitsPerSecond\`?
  line ${line('repairPercent: lots')}, link.repairPercent: found "lots". Write a whole number from 0 to 100.
  line ${line('port: 123456')}, ops.port: found 123456. Write a whole number from 1 to 65535.\n`,
    ]);
    const json = await type('diode-sender', ['status', directory, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'config-invalid', problems: [{}, {}, {}] } });
    const check = await type('diode-sender', ['check', directory]);
    expect([check.code, check.stdout.match(/^FAIL config/gm)?.length]).toEqual([1, 3]);
  });
});

describe('wrong usage', () => {
  it.each([
    ['diode-sender', []],
    ['diode-sender', ['frobnicate']],
    ['diode-sender', ['init', 'x']],
    ['diode-sender', ['run']],
    ['diode-sender', ['run', 'a', 'b']],
    ['diode-sender', ['init', 'x', '--stream', 'hr', '--receiver-card', 'y', '--to', 'diode.example']],
    ['diode-receiver', ['status', 'x', '--frob']],
    ['diode-receiver', ['init', 'x']],
  ] as const)('%s %j ends with 2 and shows where the help is', async (program, args) => {
    const answer = await type(program, args);
    expect([answer.code, answer.stdout]).toEqual([2, '']);
    expect(answer.stderr).toMatch(/--help|Examples:/);
  });

  it('a name that is none ends with 2', async () => {
    const answer = await type('diode-receiver', ['init', inRoot('never'), '--boundary', 'site a']);
    expect(refused(answer)).toEqual([2, expect.stringContaining('"site a" is no name for a boundary.')]);
    expect(existsSync(inRoot('never'))).toBe(false);
  });

  it.each(['diode-sender', 'diode-receiver'] as const)(
    '%s shows examples at both levels of help, and its version',
    async (program) => {
      const help = await type(program, ['--help']);
      expect([help.code, help.stderr]).toEqual([0, '']);
      const commands = ['init', 'trust', 'check', 'run', 'status', 'card'];
      const answers = await Promise.all(commands.map((command) => type(program, [command, '--help'])));
      for (const [at, command] of commands.entries()) {
        expect(help.stdout).toContain(`\n  ${command}`);
        const own = answers[at] as Answer;
        expect([own.code, own.stderr]).toEqual([0, '']);
        expect(own.stdout).toMatch(new RegExp(`Usage: ${program} ${command} .*<DIR>`));
        expect(own.stdout).toMatch(new RegExp(`Examples:\\n.*${program} ${command}`));
      }
      expect(help.stdout).toMatch(/Examples:\n {2}diode-/);
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      expect((await type(program, ['--version'])).stdout).toBe(`${version}\n`);
    },
  );
});

describe('check', () => {
  it('tells all that it looked at, and fails where Kafka does not answer', async () => {
    const port = await freePort();
    editConfig(rx, { '"127.0.0.1:9092"': `"127.0.0.1:${port}"`, 'port: 7350': `port: ${await freePort()}` });
    const answer = await type('diode-receiver', ['check', rx, '--json']);
    const { ok, items } = JSON.parse(answer.stdout) as {
      ok: boolean;
      items: { item: string; level: string; seen: string }[];
    };
    expect([answer.code, ok]).toEqual([1, false]);
    const kinds = new Set(items.map(({ item }) => item));
    for (const item of [
      'config',
      'keys',
      'card',
      'trusted',
      'port',
      'rmem_max',
      'rp_filter',
      'clock',
      'disk',
      'sync',
      'kafka',
    ]) {
      expect(kinds).toContain(item);
    }
    expect(items.find(({ item }) => item === 'kafka')).toMatchObject({
      level: 'fail',
      seen: expect.stringContaining(`No Kafka broker answers at 127.0.0.1:${port}`),
    });
    expect((await type('diode-receiver', ['check', rx, '--no-kafka'])).code).toBe(0);
  });

  it('prints the least ACLs for the stream that is trusted', async () => {
    const answer = await type('diode-receiver', ['check', rx, '--no-kafka', '--acls', '--principal', 'User:CN=rx']);
    expect(answer.stdout).toContain('--transactional-id identity-diode.site-a.hr');
    expect(answer.stdout).toContain('--allow-principal User:CN=rx');
  });

  it('refuses a key set file with a private key in it, and one that is missing', async () => {
    const directory = await makeReceiver();
    const issuers = (file: string) => `issuers:
  - issuer: https://idp.example
    audience: [api]
    jwks: ${file}
    algorithms: [EdDSA]
    maxLifetimeSeconds: 600`;
    editConfig(directory, { 'issuers: []': issuers('idp.json') });
    const look = async () => {
      const answer = await type('diode-receiver', ['check', directory, '--no-kafka', '--json']);
      const { items } = JSON.parse(answer.stdout) as { items: { item: string; level: string; seen: string }[] };
      return items.find(({ item }) => item === 'issuer');
    };
    expect(await look()).toMatchObject({ level: 'fail', seen: expect.stringContaining('idp.json') });
    const key = { kty: 'OKP', crv: 'Ed25519', kid: 'a', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    writeFileSync(join(directory, 'idp.json'), JSON.stringify({ keys: [key] }));
    expect(await look()).toMatchObject({ level: 'ok' });
    const secret = { ...key, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' };
    writeFileSync(join(directory, 'idp.json'), JSON.stringify({ keys: [secret] }));
    const found = await look();
    expect(found).toMatchObject({ level: 'fail' });
    expect(JSON.stringify(found)).not.toContain(secret.d);
  });

  it('fails where the source is a folder', async () => {
    const directory = join(root, 'folder-source');
    const card = join(await makeReceiver(), 'receiver-card.json');
    const init = ['init', directory, '--stream', 'hr', '--receiver-card', card];
    await type('diode-sender', [...init, '--to', '127.0.0.1:7350', '--source', root]);
    const answer = await type('diode-sender', ['check', directory]);
    expect([answer.code, answer.stdout]).toEqual([1, expect.stringContaining(`FAIL source     ${root} is a folder.`)]);
  });

  it('looks at what a sender needs', async () => {
    const answer = await type('diode-sender', ['check', tx, '--json']);
    const { ok, items } = JSON.parse(answer.stdout) as { ok: boolean; items: { item: string; level: string }[] };
    expect([answer.code, ok]).toEqual([0, true]);
    expect(items.map(({ item }) => item)).toEqual([
      'config',
      'keys',
      'card',
      'trusted',
      'source',
      'clock',
      'disk',
      'sync',
      'route',
      'neighbour',
      'mtu',
      'wmem_max',
    ]);
  });
});

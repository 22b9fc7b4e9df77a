import { describe, expect, it } from 'vitest';
import { ConfigError, type ConfigProblem } from '../../../src/config/config-problem.ts';
import { parseReceiverConfig } from '../../../src/config/receiver-schema.ts';
import { parseSenderConfig } from '../../../src/config/sender-schema.ts';

const PLACE = { directory: '/etc/diode', file: 'config.yaml' };
const SENDER = 'boundary: site-a\nstream: hr\nsource:\n  path: hr.jsonl\nlink:\n  address: 192.0.2.7\n';
const RECEIVER = 'boundary: site-a\nkafka:\n  brokers: ["kafka-1:9092"]\n';

function problems(parse: () => unknown): readonly ConfigProblem[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
const senderProblems = (text: string) => problems(() => parseSenderConfig(text, PLACE));
const receiverProblems = (text: string) => problems(() => parseReceiverConfig(text, PLACE));

describe('a config', () => {
  it('needs only what has no default', () => {
    expect(parseSenderConfig(SENDER, PLACE)).toMatchObject({
      source: { kind: 'jsonl', path: '/etc/diode/hr.jsonl' },
      link: {
        address: '192.0.2.7',
        rateBitsPerSecond: 50_000_000,
        symbolBytes: 1_408,
        repeatAfterMs: [1_000, 10_000, 60_000],
      },
      identity: { resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] },
      ops: { address: '127.0.0.1', port: 9_464, logLevel: 'info' },
    });
    expect(parseReceiverConfig(RECEIVER, PLACE)).toMatchObject({
      kafka: { topicPrefix: 'site-a.', partitions: 12, history: false },
      gate: { holdMs: 3_000 },
      ops: { port: 9_465 },
    });
  });

  it('keeps "-" as standard input and makes every other path absolute', () => {
    const config = parseSenderConfig(SENDER.replace('hr.jsonl', '"-"'), PLACE);
    expect(config.source.path).toBe('-');
    const issuers = `issuers:
  - issuer: https://idp.example
    audience: [api]
    jwks: idp.json
    algorithms: [EdDSA]
    maxLifetimeSeconds: 600
`;
    expect(parseReceiverConfig(RECEIVER + issuers, PLACE).issuers[0]).toMatchObject({
      jwks: '/etc/diode/idp.json',
      types: ['at+jwt', 'JWT'],
      clockSkewSeconds: 60,
    });
  });

  it('tells every problem at once, each with its path, its line, what was seen and what to do', () => {
    const text = `boundary: site a
stream: hr
source:
  path: hr.jsonl
link:
  address: diode.example
  port: 70000
  rateBitsPerSeconds: 5
  repairPercent: "ten"
ops:
  logLevel: verbose
`;
    expect(senderProblems(text)).toEqual([
      {
        path: 'boundary',
        line: 1,
        seen: 'found "site a"',
        cure: 'Write a name of letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.',
      },
      {
        path: 'link.address',
        line: 6,
        seen: 'found "diode.example"',
        cure: 'Write an IPv4 or IPv6 address, not a name.',
      },
      { path: 'link.port', line: 7, seen: 'found 70000', cure: 'Write a whole number from 1 to 65535.' },
      { path: 'link.rateBitsPerSeconds', line: 8, seen: 'no such setting', cure: 'Did you mean `rateBitsPerSecond`?' },
      { path: 'link.repairPercent', line: 9, seen: 'found "ten"', cure: 'Write a whole number from 0 to 100.' },
      { path: 'ops.logLevel', line: 11, seen: 'found "verbose"', cure: 'Write one of: debug, info, warn, error.' },
    ]);
  });

  it('prints them as a list under the name of the file', () => {
    const error = (() => {
      try {
        return parseSenderConfig(`${SENDER}linger: 3\nops:\n  port: 0\n`, PLACE);
      } catch (thrown) {
        return thrown as ConfigError;
      }
    })() as ConfigError;
    expect(error.code).toBe('config-invalid');
    expect(error.message.trimEnd()).toBe(`config.yaml has 2 problems:
  line 7, linger: no such setting. Remove it; known here: boundary, foreignIssuers, identity, issuer, journal, link, ops, packer, snapshot, source, stream.
  line 9, ops.port: found 0. Write a whole number from 1 to 65535.`);
  });

  it('says what is missing and what belongs there', () => {
    expect(senderProblems('boundary: site-a\n')).toEqual([
      { path: 'stream', seen: 'missing', cure: expect.stringContaining('Add it: a name') },
      { path: 'source', seen: 'missing', cure: 'Add it: a section: settings, one a line, indented below it.' },
      { path: 'link', seen: 'missing', cure: 'Add it: a section: settings, one a line, indented below it.' },
    ]);
    expect(senderProblems('')).toHaveLength(4);
  });

  it('refuses an issuer whose key is named by halves, whose tokens the stream does not carry, or that sets its own claims', () => {
    const issuer = (key: string, more = '') =>
      `${SENDER}issuer:\n  issuer: https://i.example\n  audiences: [a]\n  key: ${key}\n${more}`;
    const paths = (text: string) => senderProblems(text).map(({ path, seen }) => [path, seen]);
    expect(paths(issuer('{path: issuer.key}'))).toEqual([]);
    expect(paths(issuer('{}'))).toEqual([['issuer.key.path', 'missing']]);
    expect(paths(issuer('{path: issuer.key, token: t}'))).toEqual([
      ['issuer.key.token', 'no setting of a key of kind file'],
    ]);
    const token = 'kind: pkcs11, module: /lib/p11.so, token: t, label: l';
    expect(paths(issuer(`{${token}, pinFile: pin}`))).toEqual([]);
    expect(paths(issuer(`{${token}}`))).toEqual([['issuer.key', 'the PIN is named twice or not at all']]);
    expect(paths(issuer(`{${token}, pinFile: pin, pinVariable: PIN}`))).toHaveLength(1);
    const others = `identity:\n  tokenIssuers: [https://other.example]\n`;
    expect(paths(issuer('{path: issuer.key}', others))).toEqual([
      ['issuer.issuer', 'identity.tokenIssuers does not let it pass'],
    ]);
    expect(paths(issuer('{path: issuer.key}', 'identity:\n  maxTokenLifetimeSeconds: 600\n'))).toEqual([
      ['issuer.lifetimeSeconds', 'longer than identity.maxTokenLifetimeSeconds, 600'],
    ]);
    expect(paths(issuer('{path: issuer.key}', '  subjectType: Robot\n'))).toEqual([
      ['issuer.subjectType', 'identity.resourceTypes has no such type'],
    ]);
    expect(paths(issuer('{path: issuer.key}', '  claims: {exp: title}\n'))).toHaveLength(1);
    expect(paths(issuer('{path: issuer.key}', '  lifetimeSeconds: 30\n'))).toHaveLength(1);
  });

  it('shows how one entry of a list is written that stands without its brackets', () => {
    const [problem] = receiverProblems('boundary: site-a\nkafka:\n  brokers: kafka-1:9092\n');
    expect(problem).toMatchObject({ path: 'kafka.brokers', cure: 'Write a list: ["kafka-1:9092"].' });
  });

  it('refuses a receiver’s issuer whose tokens may live longer than the ceiling of both sides', () => {
    const issuer = (seconds: number, more = '') =>
      `${RECEIVER}issuers:\n  - {issuer: "https://i.example", audience: [a], jwks: i.json, algorithms: [EdDSA], maxLifetimeSeconds: ${seconds}}\n${more}`;
    const found = (text: string) => receiverProblems(text).map(({ path, cure }) => [path, cure]);
    const refused = [['issuers', expect.stringContaining('raise that, on both sides, or lower this')]];
    expect(found(issuer(86_400))).toEqual([]);
    expect(found(issuer(86_401))).toEqual(refused);
    const ceiling = 'identity:\n  maxTokenLifetimeSeconds: 600\n';
    expect(found(issuer(600, ceiling))).toEqual([]);
    expect(found(issuer(601, ceiling))).toEqual(refused);
  });

  it('refuses foreign issuers that the stream does not carry, that stand twice, or whose keys do not come over https', () => {
    const foreign = (issuer: string, jwks = 'https://i.example/keys') => `  - {issuer: "${issuer}", jwks: "${jwks}"}\n`;
    const paths = (entries: string, more = '') =>
      senderProblems(`${SENDER}foreignIssuers:\n${entries}${more}`).map(({ path, seen }) => [path, seen]);
    const a = foreign('https://a.example');
    expect(paths(a)).toEqual([]);
    expect(paths(a + a)).toEqual([['foreignIssuers[1].issuer', 'an issuer that stands above']]);
    expect(paths(a, 'identity:\n  tokenIssuers: [https://b.example]\n')).toEqual([
      ['foreignIssuers[0].issuer', 'identity.tokenIssuers does not let it pass'],
    ]);
    const own = 'issuer:\n  issuer: https://a.example\n  audiences: [a]\n  key: {path: issuer.key}\n';
    expect(paths(a, own)).toEqual([['foreignIssuers[0].issuer', 'the issuer of this sender']]);
    for (const good of ['http://127.0.0.1:8080/keys', 'http://[::1]/keys', 'https://idp.example:8443/keys?a=b']) {
      expect(paths(foreign('https://a.example', good))).toEqual([]);
    }
    const bad = [
      'http://idp.example/keys',
      'http://localhost/',
      'http://127.0.0.1.idp.example/',
      'https://u:p@i.example/',
    ];
    for (const url of [...bad, 'https://i.example/#keys', 'file:///etc/keys', 'keys.json']) {
      expect(paths(foreign('https://a.example', url))).toMatchObject([['foreignIssuers[0].jwks', expect.anything()]]);
    }
  });

  it('takes a foreign issuer without its key set where its metadata can be asked, with one other host at most', () => {
    const paths = (entry: string) =>
      senderProblems(`${SENDER}foreignIssuers:\n  - {${entry}}\n`).map(({ path, seen }) => [path, seen]);
    expect(paths('issuer: "https://a.example/works"')).toEqual([]);
    expect(paths('issuer: "https://a.example", jwksHost: "keys.example:8443"')).toEqual([]);
    const unasked = [['foreignIssuers[0].issuer', 'not a URL whose metadata could be asked']];
    for (const name of ['works', 'http://a.example', 'https://a.example?x=1', 'https://a.example/#x']) {
      expect(paths(`issuer: "${name}"`)).toEqual(unasked);
    }
    const both = paths('issuer: "https://a.example", jwks: "https://a.example/k", jwksHost: "k.example"');
    expect(both).toEqual([['foreignIssuers[0].issuer', 'an issuer with both jwks and jwksHost']]);
    for (const host of ['https://k.example', 'k.example/', 'u@k.example', '']) {
      expect(paths(`issuer: "https://a.example", jwksHost: "${host}"`)).toMatchObject([
        ['foreignIssuers[0].jwksHost', expect.anything()],
      ]);
    }
  });

  it('tells the number to whoever writes a quantity with its unit', () => {
    const quantities = `${SENDER}  rateBitsPerSecond: 50 Mbit/s\n  helloIntervalMs: 10 s\n  repeatAfterMs: [1 s]\njournal:\n  maxBytes: 8 GiB\n`;
    expect(senderProblems(quantities).map(({ path, cure }) => [path, cure])).toEqual([
      ['link.rateBitsPerSecond', 'Write 50000000 (bits per second).'],
      ['link.helloIntervalMs', 'Write 10000 (milliseconds).'],
      ['link.repeatAfterMs[0]', 'Write 1000 (milliseconds).'],
      ['journal.maxBytes', 'Write 8589934592 (bytes).'],
    ]);
    // As tc writes it.
    expect(senderProblems(`${SENDER}  rateBitsPerSecond: 50mbit\n`)).toMatchObject([
      { cure: 'Write 50000000 (bits per second).' },
    ]);
  });

  it('refuses a key that stands twice, with its line', () => {
    expect(senderProblems(`${SENDER}stream: ops\n`)).toEqual([
      { path: '', line: 7, seen: 'this key stands twice', cure: 'Keep one of them.' },
    ]);
  });

  it('refuses anchors and aliases, so nothing can grow without bound', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 12; at++) {
      const before = String.fromCharCode(96 + at);
      const name = String.fromCharCode(97 + at);
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    const found = senderProblems(lines.join('\n'));
    expect(found[0]).toEqual({
      path: '',
      line: 1,
      seen: 'anchors and aliases (& and *) are not used here',
      cure: 'Write the value out.',
    });
  });

  it.each([
    ['__proto__:\n  x: 1\n', '"__proto__" cannot be the name of a setting'],
    ['? [a, b]\n: 1\n', 'null cannot be the name of a setting'],
    ['1: x\n', '1 cannot be the name of a setting'],
  ])('refuses the key in %j', (text, seen) => {
    expect(senderProblems(SENDER + text).map((problem) => problem.seen)).toContain(seen);
  });

  it('refuses broken YAML, a second document and a file that is too long, each in a sentence', () => {
    expect(senderProblems('link: [1, 2\n')[0]).toMatchObject({
      line: 2,
      cure: expect.stringContaining('Correct the YAML'),
    });
    expect(senderProblems(`${SENDER}---\nmore: 1\n`)[0]?.seen).toBe('a second YAML document begins');
    expect(senderProblems('link: ['.repeat(10_000))).toEqual([
      { path: '', seen: 'it is nested deeper than 32', cure: 'Look for brackets that nothing closes.' },
    ]);
    expect(senderProblems('- '.repeat(60_000))[0]?.seen).toBe('it is nested deeper than 32');
    expect(senderProblems(`# ${'x'.repeat(2 ** 20)}`)[0]?.seen).toBe('the file has more than 131072 bytes');
  });

  it('judges nonsense of the longest file in a moment, and shows the first hundred problems of it', () => {
    // Each took more than the minute that a test has: all keys of a section were compared, and the source quoted for each error.
    const nonsense = ['[]'.repeat(60_000), '!a '.repeat(40_000), 'a: &a '.repeat(20_000), `[${','.repeat(120_000)}]`];
    for (const text of nonsense) expect(senderProblems(text)).toHaveLength(100);
    const keys = Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`);
    expect(senderProblems([...keys, 'k7: 2'].join('\n'))).toEqual([
      { path: '', line: 10_001, seen: 'this key stands twice', cure: 'Keep one of them.' },
    ]);
  });

  it.each([
    ['symbolBytes: 1400', 'Write a multiple of 64, such as 1408.'],
    ['burstBytes: 1517', 'The longest datagram takes 1518 bytes on the cable: write so many, or better twice as many.'],
    ['repeatAfterMs: [1000, 1000]', 'Write rising times, such as [1000, 10000].'],
    ['address: 192.0.2.7\n', ''],
  ])('judges the link setting %j', (line, cure) => {
    const text = cure === '' ? SENDER : `${SENDER}  ${line}\n`;
    expect(senderProblems(text).map((problem) => problem.cure)).toEqual(cure === '' ? [] : [cure]);
  });

  it('lets a resource type of its own pass only with its schema and attributes', () => {
    const text = `${SENDER}identity:
  resourceTypes:
    - type: Device
    - type: User
      attributes: [userName, password]
    - type: User
`;
    expect(senderProblems(text).map(({ path }) => path)).toEqual([
      'identity.resourceTypes[0].schema',
      'identity.resourceTypes[0].attributes',
      'identity.resourceTypes[1].attributes[1]',
      'identity.resourceTypes[2].type',
    ]);
  });

  it.each(['HS256', 'none'])('refuses the token algorithm %s', (algorithm) => {
    const text = `${RECEIVER}issuers:
  - issuer: https://idp.example
    audience: [api]
    jwks: idp.json
    algorithms: [${algorithm}]
    maxLifetimeSeconds: 600
`;
    expect(receiverProblems(text)).toMatchObject([
      { path: 'issuers[0].algorithms[0]', seen: `found "${algorithm}"`, line: 8 },
    ]);
  });

  it('refuses an issuer, an audience or an approver’s key that stands twice', () => {
    const issuer = '{issuer: i, audience: [a], jwks: i.json, algorithms: [EdDSA], maxLifetimeSeconds: 60}';
    const key = 'A'.repeat(43);
    const text = `${RECEIVER}issuers: [${issuer}, ${issuer}]
sealedAudiences: [{audience: a, key: one.json}, {audience: a, key: two.json}]
approvers: [{name: alice, key: ${key}}, {name: bob, key: ${key}}]
`;
    expect(receiverProblems(text).map(({ path }) => path)).toEqual([
      'issuers[1].issuer',
      'sealedAudiences[1].audience',
      'approvers[1].key',
    ]);
  });

  it('refuses more in-sync replicas than there are', () => {
    const text = `${RECEIVER}  replicationFactor: 1\n`;
    expect(receiverProblems(text)).toMatchObject([
      { path: 'kafka.minInsyncReplicas', cure: expect.stringContaining('at most') },
    ]);
  });

  it('passes librdkafka settings through with their types', () => {
    const text = `${RECEIVER}  client:\n    security.protocol: ssl\n    socket.keepalive.enable: false\n`;
    expect(parseReceiverConfig(text, PLACE).kafka.client).toEqual({
      'security.protocol': 'ssl',
      'socket.keepalive.enable': false,
    });
  });
});

describe('a serial link', () => {
  const SERIAL =
    'boundary: site-a\nstream: hr\nsource:\n  path: hr.jsonl\nlink:\n  kind: serial\n  device: /dev/ttyUSB0\n';

  it('has defaults that follow its speed', () => {
    const at = (baud: number) => parseSenderConfig(`${SERIAL}  baud: ${baud}\n`, PLACE);
    expect(at(9_600)).toMatchObject({
      link: {
        kind: 'serial',
        dtr: 'leave',
        rateBitsPerSecond: 7_680,
        symbolBytes: 192,
        repeatAfterMs: [4_000, 40_000, 240_000],
        helloIntervalMs: 62_500,
      },
      packer: { batchBodyBytes: 19_200, batchRecords: 1_000 },
    });
    expect(at(921_600)).toMatchObject({
      link: { rateBitsPerSecond: 737_280, repeatAfterMs: [1_000, 10_000, 60_000], helloIntervalMs: 10_000 },
      packer: { batchBodyBytes: 262_144 },
    });
    const own = parseSenderConfig(
      `${SERIAL}  baud: 9600\n  helloIntervalMs: 5000\npacker:\n  batchBodyBytes: 4096\n`,
      PLACE,
    );
    expect([own.link.helloIntervalMs, own.packer.batchBodyBytes]).toEqual([5_000, 4_096]);
  });

  it('is told from a UDP link in what it takes, and says so', () => {
    const wrong = SERIAL.replace('/dev/ttyUSB0', 'ttyUSB0').concat('  baud: 9601\n  address: 192.0.2.7\n  dtr: on\n');
    expect(senderProblems(wrong)).toEqual([
      { path: 'link.device', line: 7, seen: 'found "ttyUSB0"', cure: expect.stringContaining('the whole path') },
      { path: 'link.baud', line: 8, seen: 'found 9601', cure: expect.stringContaining('1200, 2400, 4800, 9600') },
      {
        path: 'link.address',
        line: 9,
        seen: 'no such setting',
        cure: expect.stringContaining('known here: baud, device'),
      },
      { path: 'link.dtr', line: 10, seen: 'found "on"', cure: 'Write one of: leave, raise, drop.' },
    ]);
    const kinds = senderProblems(SERIAL.replace('kind: serial', 'kind: tty'));
    expect(kinds.find(({ path }) => path === 'link.kind')).toMatchObject({
      path: 'link.kind',
      cure: 'Write one of: udp, serial, media.',
    });
    expect(receiverProblems(`${RECEIVER}link:\n  kind: serial\n`)).toEqual([
      {
        path: 'link.device',
        line: 4,
        seen: 'missing',
        cure: 'Add it: the path of a serial port, such as /dev/ttyUSB0.',
      },
    ]);
  });
});

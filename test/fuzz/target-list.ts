/** Every fuzz target: a file of test/fuzz/targets that exports `fuzz`. */
export interface FuzzTarget {
  readonly name: string;
  /** What is held against hostile bytes, and what must hold. */
  readonly about: string;
  /** `fuzz` gives a promise. */
  readonly isAsync?: true;
  /** What one input of at most `maxInputBytes` may leave on the heap and beside it before anything is collected. */
  readonly maxMemoryBytes: number;
  /** Turns of its own length in place of one: whole stages run a hundred times slower than a parser. */
  readonly weight?: number;
  /** Words of the grammar, for the mutator. */
  readonly dictionary?: readonly string[];
}

const MIB = 1024 * 1024;

/** Longer ones find nothing else, and slow everything down. */
export const MAX_INPUT_BYTES = 4_096;

const SCIM_WORDS = [
  '"type":"User"',
  '"type":"Group"',
  '"type":"Member"',
  '"type":"Role"',
  '"op":"put"',
  '"op":"delete"',
  '"resource":{',
  '"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]',
  '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{',
  '"members":[{"value":"m"}]',
  '"emails":[{"value":"a","primary":true}]',
  '"active":true',
  '"meta":{"resourceType":"User"}',
  '"at":"2026-11-22T10:00:00Z"',
  '"token":"a.b.c"',
  '"revoke":{"iss":"i","jti":"j"}',
  '"jwks":{"keys":[{"kty":"OKP"}]}',
  '"issuer":"i"',
  '"password":"p"',
  '"__proto__":{}',
  '1e999',
  '\\ud800',
];

const JWT_WORDS = [
  '"alg":"EdDSA"',
  '"alg":"none"',
  '"kid":"ed"',
  '"typ":"at+jwt"',
  '"crit":["exp"]',
  '"b64":false',
  '"jwk":{}',
  '"iss":"https://idp.example"',
  '"aud":["api"]',
  '"sub":"s"',
  '"jti":"j"',
  '"client_id":"c"',
  '"iat":1795341600',
  '"exp":1795342200',
  '"nbf":1795341600',
  '1e999',
  '-1',
];

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'signing-request',
    about: 'files of a ceremony and keys of token holders: refused in a sentence, or read as they are written',
    maxMemoryBytes: 8 * MIB,
    dictionary: [
      '"identity-diode":"signing-request"',
      '"identity-diode":"signature"',
      '"version":1',
      '"key":{',
      '"kty":"OKP"',
      '"crv":"Ed25519"',
    ],
  },
  {
    name: 'foreign-answer',
    about:
      'answers of foreign issuers: keys without anything private in one form, places on their own host, waits in bounds',
    maxMemoryBytes: 16 * MIB,
    dictionary: [
      '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
      '"use":"enc"',
      '"alg":"EdDSA"',
      '"d":"AA"',
      '"issuer":"https://idp.example/works"',
      '"jwks_uri":"https://idp.example/keys"',
      'max-age=60',
      'no-store',
      'Thu, 26 Nov 2026 10:00:00 GMT',
    ],
  },
  { name: 'datagram', about: 'header and geometry: what is read is written back', maxMemoryBytes: 8 * MIB },
  {
    name: 'hello',
    about: 'datagram, slots, signed pair, body: one encoding after one decoding',
    maxMemoryBytes: 8 * MIB,
  },
  { name: 'frame', about: 'envelope and header: one form', maxMemoryBytes: 8 * MIB },
  { name: 'payload', about: 'records and snapshot parts: one encoding after one decoding', maxMemoryBytes: 16 * MIB },
  { name: 'compression', about: 'zstd: never more than the declared size', maxMemoryBytes: 48 * MIB },
  {
    name: 'strict-json',
    about: 'strict and canonical JSON against JSON.parse',
    maxMemoryBytes: 8 * MIB,
    dictionary: [
      '{"a":',
      '[',
      '"\\u0061"',
      '"__proto__":',
      '1e999',
      '-0',
      '9007199254740993',
      '\\ud800',
      '{"10":1,"9":2}',
    ],
  },
  {
    name: 'source-line',
    about: 'SCIM grammar of sources: what the sender lets through the receiver takes',
    maxMemoryBytes: 8 * MIB,
    dictionary: SCIM_WORDS,
  },
  {
    name: 'record-check',
    about: 'SCIM grammar of signed records: what passes is canonical and has a key within its bound',
    maxMemoryBytes: 8 * MIB,
    dictionary: SCIM_WORDS,
  },
  {
    name: 'token',
    about: 'compact JWS as it comes, and header and claims signed anew with the key of the issuer',
    isAsync: true,
    maxMemoryBytes: 16 * MIB,
    dictionary: JWT_WORDS,
  },
  {
    name: 'config',
    about: 'YAML and schema of both sides: problems with a cure, or a config',
    maxMemoryBytes: 32 * MIB,
    dictionary: [
      '&a',
      '*a',
      '<<: ',
      '!!js/function',
      '!!binary',
      '---',
      '? ',
      '- ',
      '|\n',
      '{a: 1}',
      '0x1F',
      '.inf',
      '\t',
    ],
  },
  {
    name: 'card',
    about: 'cards as file, as code, and with checksum and fingerprint made to fit',
    maxMemoryBytes: 8 * MIB,
  },
  {
    name: 'bundle',
    about: 'manifests, contents, names and evidence of media: one encoding after one decoding, stripes that fit',
    maxMemoryBytes: 16 * MIB,
  },
  { name: 'paper-code', about: 'codes as typed; a wrong character never passes', maxMemoryBytes: 8 * MIB },
  { name: 'progress', about: 'progress records as read back from Kafka', maxMemoryBytes: 8 * MIB },
  {
    name: 'gap-ticket',
    about: 'tickets as typed, and with a checksum made to fit',
    maxMemoryBytes: 32 * MIB,
  },
  {
    name: 'request-inbox',
    about: 'files of operators’ requests, carried out by a sender: each is done or refused, once',
    isAsync: true,
    maxMemoryBytes: 16 * MIB,
    dictionary: [
      '"kind":"resend"',
      '"kind":"pause"',
      '"kind":"resume"',
      '"kind":"snapshot"',
      '"kind":"revert"',
      '"body":{"reason":"r"}',
      '"body":{"isSourceRead":true}',
      '"body":{"epoch":1,"epochId":"04040404040404040404040404040404","frames":[[1,2]]}',
      '"body":{"id":"1795341600000-00000001","toMs":1,"lines":1,"bytes":10}',
      '9007199254740991',
      '"__proto__":{}',
      'null',
    ],
  },
  {
    name: 'approval',
    about:
      'approvals and requests as files, and signed anew by an approver: one form, and nothing but the very thing is approved; what `held` says',
    maxMemoryBytes: 8 * MIB,
    dictionary: [
      'identity-diode approval v1\n',
      'identity-diode approval request v1\n',
      'boundary: site-a\n',
      'stream: hr\n',
      'action: release\n',
      'action: import\n',
      'digest: ',
      'signed: 2026-11-25T22:00:00.000Z\n',
      'expires: 2026-11-26T22:00:00.000Z\n',
      'signature: ',
      '"state":"held"',
      '"about":{"cause":"deletes","heldAtMs":1,"hold":"deletes-1.2","isCounted":true,"kind":"delta"}',
      '"record":{"headers":[["ce_revision","1.2.3"]],"value":null}',
      '"pin":{"revision":"1.1.1","hold":"grants-1.1","rejectedAtMs":1,"headers":[]}',
      'hold deletes-1.2: 3 records',
    ],
  },
  {
    name: 'trust',
    about:
      'root statements and trust bundles as they come, and payloads signed anew: one form, and only what m holders signed is adopted',
    maxMemoryBytes: 16 * MIB,
    dictionary: [
      '{"payload":"',
      '","signatures":[{"protected":"',
      '"signature":"',
      '"identity-diode":"root","format":1',
      '"identity-diode":"trust-bundle","format":1',
      '"boundary":"site-a"',
      '"root":1',
      '"version":2',
      '"threshold":1',
      '"keys":[{"holder":"alice","key":"',
      '"issued":"2026-11-22T10:00:00Z"',
      '"expires":"2026-12-22T10:00:00Z"',
      '"senders":[]',
      '"issuers":[]',
      '"activeFrom":"2026-11-23T10:00:00Z"',
      '"revokedFrom":"2026-11-23T10:00:00Z"',
      '"jwk":{"kty":"OKP","crv":"Ed25519","kid":"a","x":"',
      '9007199254740991',
      '"__proto__":{}',
    ],
  },
  {
    name: 'audit-tail',
    about: 'tails of audit logs: any bytes, and entries with something torn behind',
    maxMemoryBytes: 8 * MIB,
  },
  {
    name: 'audit-proof',
    about: 'proofs, checkpoints, keys and bundles of audit logs, true ones with one byte changed too',
    maxMemoryBytes: 8 * MIB,
    dictionary: ['c2sp.org/tlog-proof@v1', 'extra ', 'index ', 'identity-diode/site-a/hr/sender', '\u2014 '],
  },
  { name: 'serial-line', about: 'bytes of a serial line, however they are cut', maxMemoryBytes: 8 * MIB },
  {
    name: 'control',
    about: 'symbols of hellos in control blocks, sealed anew, into the receiver’s control desk',
    weight: 2,
    maxMemoryBytes: 16 * MIB,
  },
  {
    name: 'calibration',
    about: 'calibration datagrams, sealed anew, into the receiver’s tally: every one counted, every step adds up',
    maxMemoryBytes: 64 * MIB,
  },
  { name: 'line-splitter', about: 'lines of a source, however the bytes are cut', maxMemoryBytes: 8 * MIB },
  {
    name: 'admission',
    about: 'records signed anew, through verifier, unpacker and admission: each has one outcome',
    weight: 3,
    maxMemoryBytes: 48 * MIB,
    dictionary: SCIM_WORDS,
  },
  {
    name: 'intake',
    about: 'datagrams, hellos and frames, signed and sealed anew, into the receiver’s front half',
    weight: 5,
    maxMemoryBytes: 48 * MIB,
  },
];

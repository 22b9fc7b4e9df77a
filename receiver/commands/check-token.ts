/** `diode-receiver check-token`: whether one token would pass, and if not, by which rule; with DIR's policy or one that is typed. */
import { existsSync, readFileSync } from 'node:fs';
import { openDirectory } from '../../src/cli/directory.ts';
import { collect, jsonOption } from '../../src/cli/options.ts';
import { addCommand, type CommandLine, InvalidArgumentError, Option } from '../../src/cli/program.ts';
import { readTextFile } from '../../src/config/durable-file.ts';
import type { IssuerConfig, IssuerPolicy } from '../../src/config/receiver-config.ts';
import { ALGORITHMS, parseReceiverConfig } from '../../src/config/receiver-schema.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { openStoreReadOnly, type Store } from '../../src/store/database.ts';
import { AudienceSeals } from '../../src/token/audience-seals.ts';
import { TokenChecker, type TokenVerdict } from '../../src/token/token-checker.ts';
import { SubjectNames } from '../publish/subject-names.ts';
import { SubjectTable } from '../publish/subject-table.ts';
import { isOlderStore } from '../receiver-store.ts';
import { explainToken, explanationText, type KnownTokens, type TokenExplanation } from '../tokens/token-explanation.ts';
import { subjectAttributes } from '../tokens/token-judge.ts';
import { tokenLookups } from '../tokens/token-lookups.ts';
import { TokenTable } from '../tokens/token-table.ts';
import { readTrustState } from '../trust/trust-store.ts';

/** Seals what it accepts where that is to be sealed, and so waits. */
interface Judge {
  check(jws: string, nowMs: number): TokenVerdict | Promise<TokenVerdict>;
}

interface CheckTokenOptions {
  readonly json?: boolean;
  readonly issuer?: string;
  readonly at?: Date;
  readonly jwks?: string;
  readonly alg?: readonly string[];
  readonly aud?: readonly string[];
  readonly typ?: readonly string[];
  readonly maxLifetime?: number;
}

/** Of a policy that is typed: a day. */
const TYPED_LIFETIME_SECONDS = 86_400;

export function addCheckTokenCommand(line: CommandLine): void {
  addCommand(
    line,
    {
      usage: 'check-token <PATHS...>',
      description:
        'say whether one token would be published: DIR FILE by DIR’s issuers and what its receiver remembers, FILE alone by a typed policy; - reads standard input',
      options: [
        new Option('--iss, --issuer <NAME>', 'the token must be of this issuer, as its tokens name it in iss'),
        new Option('--at <TIME>', 'judge as of this time, such as 2026-11-22T10:00:00Z, instead of now').argParser(
          parseTime,
        ),
        new Option('--jwks <FILE>', 'without DIR: the public keys of the issuer'),
        new Option('--alg <ALGORITHM>', 'without DIR: an algorithm that it may use; may stand several times').argParser(
          collect,
        ),
        new Option('--aud <AUDIENCE>', 'without DIR: an audience that it may name; may stand several times').argParser(
          collect,
        ),
        new Option('--typ <TYPE>', 'without DIR: a typ that it may have; at+jwt and JWT unless given').argParser(
          collect,
        ),
        new Option('--max-lifetime <SECONDS>', 'without DIR: how long it may live; a day unless given').argParser(
          parseSeconds,
        ),
        jsonOption(),
      ],
      examples: [
        'diode-receiver check-token DIR token.jwt',
        'diode-receiver check-token DIR --issuer https://idp.example --at 2026-11-22T10:00:00Z -',
        'diode-receiver check-token --jwks jwks.json --alg EdDSA --iss https://idp.example --aud https://api.example token.jwt',
      ],
    },
    async (paths: readonly string[], options: CheckTokenOptions): Promise<0 | 1> => {
      const explanation = await check(paths, options);
      process.stdout.write(`${options.json ? JSON.stringify(explanation) : explanationText(explanation)}\n`);
      return explanation.accepted ? 0 : 1;
    },
  );
}

const UNJUDGED =
  'replay and revocation, since the database is of an older program: start the receiver once, and ask again';

async function check(paths: readonly string[], options: CheckTokenOptions): Promise<TokenExplanation> {
  const [first, second] = paths;
  if (first === undefined || paths.length > 2) throw usage('Name DIR and one file, or one file alone.');
  if (second === undefined) return explain(first, TokenChecker.open([typedIssuer(options)]), options);
  if (options.jwks !== undefined) throw usage('DIR has the keys of its issuers: leave out --jwks, or leave out DIR.');
  const { layout, config } = openDirectory('diode-receiver', first, parseReceiverConfig);
  const bundle = readTrustState(layout)?.bundle;
  const where = bundle === undefined ? layout.config : `Trust bundle ${bundle.version}`;
  const checker =
    bundle === undefined
      ? TokenChecker.open(wanted(config.issuers, where, options))
      : TokenChecker.ofIssuers(wanted(bundle.issuers, where, options));
  const seals = await AudienceSeals.open(config.sealedAudiences);
  const judge: Judge = { check: (jws, nowMs) => seals.seal(jws, checker.check(jws, nowMs)) };
  if (!existsSync(layout.store)) return explain(second, judge, options);
  const store = openStoreReadOnly(layout.store);
  try {
    // An older program's remembers less than is asked here.
    if (isOlderStore(store)) return { ...(await explain(second, judge, options)), unjudged: UNJUDGED };
    return await explain(second, judge, options, knownIn(store, bundle?.issuers ?? config.issuers));
  } finally {
    store.close();
  }
}

function knownIn(store: Store, issuers: readonly IssuerPolicy[]): KnownTokens {
  const subjects = new SubjectTable(store);
  return {
    ...tokenLookups(new TokenTable(store), new SubjectNames(store)),
    findSubject: (key) => subjects.find(key),
    subjectAttributes: subjectAttributes(issuers),
  };
}

/** All of them, or the one that was named. */
function wanted<Issuer extends { readonly issuer: string }>(
  issuers: readonly Issuer[],
  where: string,
  options: CheckTokenOptions,
): readonly Issuer[] {
  const found = issuers.filter(({ issuer }) => options.issuer === undefined || issuer === options.issuer);
  if (found.length > 0) return found;
  const named = options.issuer === undefined ? 'no issuer' : `no issuer ${options.issuer}`;
  throw usage(`${where} has ${named}. Its issuers: ${issuers.map(({ issuer }) => issuer).join(', ')}.`);
}

async function explain(
  path: string,
  checker: Judge,
  { at }: CheckTokenOptions,
  known?: KnownTokens,
): Promise<TokenExplanation> {
  const jws = readToken(path);
  const verdict = await checker.check(jws, (at ?? new Date()).getTime());
  return explainToken(verdict, sha256Hex(Buffer.from(jws)), known);
}

function typedIssuer({ issuer, jwks, alg, aud, typ, maxLifetime }: CheckTokenOptions): IssuerConfig {
  if (issuer === undefined || jwks === undefined || alg === undefined || aud === undefined) {
    throw usage('Without DIR, --jwks, --alg, --issuer and --aud say what holds; with it, name DIR before the file.');
  }
  const unknown = alg.find((name) => !ALGORITHMS.some((known) => known === name));
  if (unknown !== undefined) throw usage(`--alg ${unknown} is none that a token may use: ${ALGORITHMS.join(', ')}.`);
  return {
    issuer,
    jwks,
    algorithms: alg,
    audience: aud,
    types: typ ?? ['at+jwt', 'JWT'],
    maxLifetimeSeconds: maxLifetime ?? TYPED_LIFETIME_SECONDS,
    clockSkewSeconds: 60,
  };
}

/** A line break behind it is the file's, not the token's. Longer ones are cut, and refused as too long. */
function readToken(path: string): string {
  const most = WIRE_LIMITS.maxTokenBytes;
  const text = path === '-' ? readFileSync(0, 'latin1').slice(0, most + 2) : readTextFile(path, 16 * most);
  if (text === undefined) throw new DiodeError('usage', `There is no ${path}.`, 'Name the file that holds the token.');
  return text.trim();
}

function parseTime(typed: string): Date {
  const time = new Date(typed);
  if (!/^\d{4}-\d{2}-\d{2}/.test(typed) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('Give a time such as 2026-11-22T10:00:00Z.');
  }
  return time;
}

function parseSeconds(typed: string): number {
  const seconds = Number(typed);
  if (/^[1-9]\d{0,8}$/.test(typed)) return seconds;
  throw new InvalidArgumentError('Give a number of seconds.');
}

function usage(seen: string): DiodeError {
  return new DiodeError('usage', seen, '`diode-receiver check-token --help` shows examples.');
}

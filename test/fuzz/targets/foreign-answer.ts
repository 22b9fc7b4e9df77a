import assert from 'node:assert/strict';
import { judgeAnswer, readForeignKeys, type WholeAnswer } from '../../../sender/issuer/foreign-answer.ts';
import { readMetadata } from '../../../sender/issuer/issuer-metadata.ts';
import { type AnswerHeaders, freshMs, pollWaitMs, retryWaitMs } from '../../../sender/issuer/poll-times.ts';
import { FOREIGN_LIMITS } from '../../../src/limits.ts';
import { InputReader } from '../input-reader.ts';

const ISSUER = 'https://idp.example/works';
const WALL_MS = 1_795_341_600_000;
const STATUSES = [200, 304, 429, 503, 404] as const;
const MAX_SEEN_CHARACTERS = 1_000;
const { minPollMs, maxPollMs, firstRetryMs, spreadPart, maxKeys } = FOREIGN_LIMITS;
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What a foreign issuer answered over HTTPS: keys, metadata and headers; one reason, or what may be carried on. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const form = reader.integer(1) % 3;
  if (form === 0) readKeys(reader.rest());
  else if (form === 1) readAbout(reader.rest());
  else wait(reader);
}

function readKeys(body: Buffer): void {
  const answer = { status: 200, headers: {}, body };
  const read = judgeAnswer(answer, { hadEtag: true, wallMs: WALL_MS });
  assert.ok(typeof read === 'object');
  if ('failure' in read) {
    assert.ok(read.seen.length < MAX_SEEN_CHARACTERS);
    return;
  }
  const { keys } = JSON.parse(read.jwks) as { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  assert.ok(keys.length > 0 && keys.length <= maxKeys);
  for (const key of keys) {
    for (const member of PRIVATE) assert.ok(!Object.hasOwn(key, member), 'nothing private is carried');
  }
  const again = readForeignKeys(Buffer.from(read.jwks));
  assert.deepEqual(again, { jwks: read.jwks, leftOut: [] }, 'one form, which the receiver reads in the same way');
}

function readAbout(body: Buffer): void {
  const read = readMetadata({ status: 200, headers: {}, body }, { issuer: ISSUER });
  if ('failure' in read) assert.ok(read.seen.length < MAX_SEEN_CHARACTERS);
  else assert.equal(new URL(read.jwks).origin, new URL(ISSUER).origin, 'asked on its own host alone');
}

function wait(reader: InputReader): void {
  const text = () => reader.chunk().toString('latin1');
  const status = reader.choice(STATUSES);
  const hadEtag = reader.boolean();
  const headers: AnswerHeaders = {
    cacheControl: text(),
    age: text(),
    expires: text(),
    date: text(),
    retryAfter: text(),
  };
  const answer: WholeAnswer = { status, headers, body: Buffer.alloc(0) };
  const judged = judgeAnswer(answer, { hadEtag, wallMs: WALL_MS });
  assert.equal(judged === 'not-modified', status === 304 && hadEtag);
  const fresh = freshMs(headers, WALL_MS);
  const polled = pollWaitMs(ISSUER, WALL_MS, { usualMs: 900_000, fresh });
  assert.ok(polled >= minPollMs && polled <= maxPollMs * (1 + spreadPart), 'neither too often nor never again');
  const askedMs = typeof judged === 'object' && 'failure' in judged ? judged.askedMs : undefined;
  const retried = retryWaitMs(ISSUER, WALL_MS, { failures: 1, askedMs });
  assert.ok(retried >= firstRetryMs && retried <= maxPollMs * (1 + spreadPart), 'neither too often nor never again');
}

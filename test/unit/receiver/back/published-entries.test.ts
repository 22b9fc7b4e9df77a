import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publishedEntries } from '../../../../receiver/publish/published-entries.ts';
import { topicNames } from '../../../../receiver/publish/topics.ts';
import type { KafkaRecord } from '../../../../src/kafka/kafka-record.ts';
import { AUDIT_LIMITS } from '../../../../src/limits.ts';

const topics = topicNames({ topicPrefix: 'site-a.' });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function record(topic: string, key: string, value: string | null, id: string, jti?: string): KafkaRecord {
  const headers: [string, string][] = [
    ['ce_id', id],
    ...(jti === undefined ? [] : [['ce_jti', jti] as [string, string]]),
    ...(value === null ? [['ce_reason', 'revoked'] as [string, string]] : []),
  ];
  return { topic, key, value, headers };
}

describe('publishedEntries', () => {
  it('names each record of identity and trust by id, key and digest, and a tombstone without one', () => {
    const records = [
      record(topics.identity, 'User|a', '{"id":"a"}', 'hr/1.1.0'),
      record(topics.history, 'User|a', '{"id":"a"}', 'hr/1.1.0'),
      record(topics.identity, 'User|b', null, 'hr/1.1.1'),
      record(topics.trust, 'Jwks|i', '{}', 'hr/1.1.2'),
      record(topics.quarantine, 'User|c', '{}', 'hr/1.1.3/quarantine/1.1'),
    ];
    expect(publishedEntries(records, topics)).toEqual([
      {
        event: 'records-published',
        records: [`hr/1.1.0 User|a ${sha256('{"id":"a"}')}`, 'hr/1.1.1 User|b -', `hr/1.1.2 Jwks|i ${sha256('{}')}`],
      },
    ]);
  });

  it('gives each token an entry of its own, with jti and digest and not the token', () => {
    const records = [
      record(topics.tokens, 'Token|i|a|x|', 'aa.bb.cc', 'hr/1.1.0', 'j-1'),
      record(topics.tokens, 'Token|i|a|x|', null, 'hr/1.2.0/1.1.0', 'j-1'),
    ];
    const entries = publishedEntries(records, topics);
    const common = { key: 'Token|i|a|x|', jti: 'j-1' };
    expect(entries).toEqual([
      { event: 'token-published', id: 'hr/1.1.0', ...common, sha256: sha256('aa.bb.cc') },
      { event: 'token-withdrawn', id: 'hr/1.2.0/1.1.0', ...common, reason: 'revoked' },
    ]);
    expect(JSON.stringify(entries)).not.toContain('aa.bb.cc');
  });

  it('calls a sealed token by its own digest, beside that of what was published', () => {
    const { headers, ...sealed } = record(topics.tokens, 'Token|i|a|x|', 'a..b.c.d', 'hr/1.1.0', 'j-1');
    const own = sha256('aa.bb.cc');
    expect(publishedEntries([{ ...sealed, headers: [...headers, ['ce_sha256', own]] }], topics)).toMatchObject([
      { event: 'token-published', jti: 'j-1', sha256: own, sealedSha256: sha256('a..b.c.d') },
    ]);
  });

  it('keeps each entry below what a log takes, with keys at their longest', () => {
    const key = `User|${'%C3%A9'.repeat(680)}`;
    const records = Array.from({ length: 500 }, (_, at) =>
      record(topics.identity, at % 7 === 0 ? key : `User|${at}`, '{}', `hr/1.1.${at}`),
    );
    const entries = publishedEntries(records, topics);
    expect(entries.length).toBeGreaterThan(1);
    for (const entry of entries) expect(JSON.stringify(entry).length).toBeLessThan(AUDIT_LIMITS.maxEntryBytes);
    expect(entries.flatMap((entry) => entry.records)).toHaveLength(500);
  });
});

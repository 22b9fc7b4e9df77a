/** Who may read the tokens, as `check` judges what the brokers say of it. */
import { describe, expect, it } from 'vitest';
import { judgeReaders } from '../../../../receiver/commands/kafka-checks.ts';
import type { TopicReaders } from '../../../../src/kafka/topic-admin.ts';

describe('the readers of tokens', () => {
  const judged: readonly (readonly [string, TopicReaders, string, string])[] = [
    ['everybody, by an ACL', ['User:*', 'User:bob'], 'warn', 'An ACL lets everybody (User:*) read id.tokens'],
    ['everybody, without an authorizer', 'open', 'warn', 'everybody who reaches them reads id.tokens'],
    ['those who are named', ['User:bob', 'User:carol'], 'ok', 'id.tokens is read by User:bob, User:carol'],
    ['nobody', [], 'ok', 'nobody but super users'],
    ['unknown, since ACLs are hidden', 'unknown', 'ok', 'cannot be seen'],
  ];
  it.each(judged)('are judged where they are %s', (_, readers, level, seen) => {
    expect(judgeReaders('id.tokens', readers)).toMatchObject({
      level,
      item: 'readers',
      seen: expect.stringContaining(seen),
    });
  });

  it('who are everybody come with the command that shows what let them', () => {
    const item = judgeReaders('id.tokens', ['User:*']);
    expect(item).toMatchObject({ cure: expect.stringContaining('--list --topic id.tokens') });
  });
});

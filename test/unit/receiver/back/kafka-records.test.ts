import { expect, it } from 'vitest';
import {
  type CloudEvent,
  EVENT_TYPES,
  kafkaRecord,
  positionContext,
} from '../../../../receiver/publish/kafka-records.ts';

it('each record of a frame has its own time, shared or not, and headers in the order of the contract', () => {
  const position = { boundary: 'b', stream: 's', epoch: 1, epochId: 'aa', sequence: 7, digest: 'dd' };
  const frame = positionContext(position, 5_000);
  const event = (index: number, more: Partial<CloudEvent>): CloudEvent => ({
    topic: 'identity',
    key: `User|${index}`,
    value: '{}',
    type: EVENT_TYPES.put,
    contentType: 'application/scim+json',
    revision: { epoch: 1, sequence: 7, index },
    ...more,
  });
  const origin = [
    ['ce_source', 'urn:identity-diode:b:s'],
    ['ce_stream', 's'],
    ['ce_boundary', 'b'],
    ['ce_epochid', 'aa'],
    ['ce_framedigest', 'dd'],
  ];
  const times = [undefined, 1_000, 1_000, 2_000, 1_000, undefined].map(
    (atMs, index) => kafkaRecord(frame, event(index, { atMs })).headers.find(([name]) => name === 'ce_time')?.[1],
  );
  expect(times).toEqual([5, 1, 1, 2, 1, 5].map((second) => `1970-01-01T00:00:0${second}.000Z`));
  const all: Partial<CloudEvent> = {
    dataSchema: 'urn:x',
    reason: 'gone',
    extensions: [['jti', 'j']],
    cause: { epoch: 1, sequence: 8, index: 0 },
    idSuffix: 'x',
  };
  expect(kafkaRecord(frame, event(3, all)).headers).toEqual([
    ['content-type', 'application/scim+json'],
    ['ce_specversion', '1.0'],
    ['ce_id', 's/1.8.0/x'],
    ['ce_type', EVENT_TYPES.put],
    ['ce_subject', 'User|3'],
    ['ce_time', '1970-01-01T00:00:05.000Z'],
    ['ce_revision', '1.7.3'],
    ...origin,
    ['ce_dataschema', 'urn:x'],
    ['ce_reason', 'gone'],
    ['ce_jti', 'j'],
  ]);
  expect(kafkaRecord(frame, event(4, { value: null, dataSchema: 'urn:x' })).headers).toEqual([
    ['ce_specversion', '1.0'],
    ['ce_id', 's/1.7.4'],
    ['ce_type', EVENT_TYPES.put],
    ['ce_subject', 'User|4'],
    ['ce_time', '1970-01-01T00:00:05.000Z'],
    ['ce_revision', '1.7.4'],
    ...origin,
  ]);
});

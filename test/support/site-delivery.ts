/** What lies on the topics of a site, as kcat reads it, and as a downstream service sees it. */
import { Delivery } from '../../bench/workload/delivery.ts';
import { type KcatRecord, kcatRead } from './kafka-tools.ts';
import type { OneWaySite } from './one-way-site.ts';

export type SiteTopics = Record<'identity' | 'tokens' | 'quarantine', readonly KcatRecord[]>;

export async function readTopics(site: OneWaySite): Promise<SiteTopics> {
  const read = (topic: string) => kcatRead({ ...site.reading, topic: site.topic(topic) });
  return { identity: await read('identity'), tokens: await read('tokens'), quarantine: await read('quarantine') };
}

export function deliveryOf(topics: SiteTopics): Delivery {
  const delivery = new Delivery();
  for (const record of topics.identity) delivery.handleIdentity(asRead(record));
  for (const record of topics.tokens) delivery.handleToken(asRead(record));
  for (const record of topics.quarantine) delivery.handleQuarantine(asRead(record));
  return delivery;
}

function asRead(record: KcatRecord) {
  return { ...record, value: record.value === null ? null : Buffer.from(record.value, 'utf8') };
}

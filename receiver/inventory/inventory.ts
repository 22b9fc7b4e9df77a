/** What a receiver's DIR holds that no other boundary may have: keys, stream, topics, and all that Kafka lets in by. */
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { Possession } from '../../src/config/inventory.ts';
import { cardPossessions, ownKeys } from '../../src/config/own-possessions.ts';
import { rawPublicHalf } from '../../src/config/public-half.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { topicNames, transactionalId } from '../publish/topics.ts';
import { readTrustState } from '../trust/trust-store.ts';
import { issuerPossessions, sealPossession } from './issuer-possessions.ts';
import { kafkaPossessions } from './kafka-possessions.ts';
import { trustPossessions } from './trust-possessions.ts';

/** Throws DiodeError `key-mode`, `key-invalid`, `card-invalid`, `trust-damaged`, `inventory-incomplete`. */
export function receiverPossessions(layout: DirectoryLayout, config: ReceiverConfig): readonly Possession[] {
  const { boundary, kafka, approvers, issuers, sealedAudiences } = config;
  const cards = readTrustedCards(layout.trusted, 'sender-card');
  const topics = Object.entries(topicNames(kafka)).map(([name, topic]): Possession => {
    return { kind: 'topic', place: `topic ${name}`, value: topic };
  });
  return [
    ...ownKeys(layout),
    ...cardPossessions(cards),
    ...approvers.map(({ key }, at): Possession => {
      const value = rawPublicHalf('ed25519', Buffer.from(key, 'base64url'));
      return { kind: 'key', place: `approvers[${at}]`, value };
    }),
    ...topics,
    ...cards.map(({ stream }): Possession => {
      return { kind: 'id', place: "Kafka's transactional id", value: transactionalId(boundary, stream) };
    }),
    ...kafkaPossessions(kafka.client),
    ...issuers.flatMap(issuerPossessions),
    ...sealedAudiences.map(sealPossession),
    ...trustPossessions(readTrustState(layout)),
  ];
}

/** What a person reads of the issuer, and what is wrong with it. */
import { breakdown, count, duration, type StatusSection, sum } from '../../src/cli/status-table.ts';
import type { IssuerDeskStatus } from '../ops/sender-observer.ts';

export function issuerSection(issuer: IssuerDeskStatus): StatusSection {
  const { live, due, issued, dropped, unsigned, revoked, lapsed, problems } = issuer;
  const { keyId, keyState, algorithm, lifetimeMs, neededPerSecond } = issuer;
  return {
    title: 'Issuer',
    rows: [
      [
        'key',
        keyId &&
          `${keyId} (${algorithm})${keyState === undefined ? '' : `, ${keyState} in the bundle that is carried`}`,
      ],
      ['tokens', `${count(live)} good, ${count(due)} waiting, each for ${duration(lifetimeMs)}`],
      ['since the start', breakdown({ issued, dropped, unsigned, 'subjects ended': revoked, 'too late': lapsed })],
      ['renewals', `${neededPerSecond.toFixed(1)} a second needed, ${count(issuer.maxPerSecond)} allowed`],
      ['impossible', sum(problems) === 0 ? undefined : breakdown({ ...problems })],
    ],
  };
}

export function issuerAlarms(issuer: IssuerDeskStatus): readonly string[] {
  const { failure, lifetimeMs, shortestLifetimeMs, neededPerSecond, maxPerSecond, problems } = issuer;
  const { keyId, keyState } = issuer;
  const alarms: string[] = [];
  if (failure !== undefined) alarms.push(`No tokens are issued: ${failure.seen} ${failure.cure}`);
  if (keyState !== undefined && keyState !== 'active') {
    alarms.push(
      `The trust bundle that is carried has the issuer's key (${keyId}) as ${keyState}, so receivers with a root refuse its tokens: have the root holders name it, or sign with one that they named (issuer.key).`,
    );
  }
  if (lifetimeMs < shortestLifetimeMs) {
    alarms.push(
      `Tokens live too short for this link: ${duration(lifetimeMs)}, and it asks for ${duration(shortestLifetimeMs)} at least: raise issuer.lifetimeSeconds, or give the link more rate.`,
    );
  }
  if (neededPerSecond > maxPerSecond) {
    alarms.push(
      `Renewals do not keep up: ${Math.ceil(neededPerSecond)} tokens a second are needed, issuer.maxTokensPerSecond allows ${maxPerSecond}.`,
    );
  }
  if (sum(problems) > 0) {
    alarms.push(
      `No token can be made of some subjects: ${breakdown({ ...problems })}. See issuer.subject, issuer.confirmation and issuer.claims.`,
    );
  }
  return alarms;
}

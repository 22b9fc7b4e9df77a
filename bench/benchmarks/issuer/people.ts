/** A site's people as lines of a source: two roles and a group each. */
import { closeSync, openSync, writeSync } from 'node:fs';

export const GROUPS = 100;

/** `subjects` lines of people, then `GROUPS` of groups. */
export function writePeople(path: string, subjects: number): void {
  const file = openSync(path, 'w');
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  const members = Array.from({ length: GROUPS }, (): { value: string }[] => []);
  for (let at = 0; at < subjects; at++) {
    const id = `person-${at}`;
    members[at % GROUPS]?.push({ value: id });
    const roles = [{ value: 'reader' }, { value: `site-${at % 50}` }];
    const resource = { schemas, id, userName: `${id}@example.org`, active: true, roles };
    writeSync(file, `${JSON.stringify({ type: 'User', op: 'put', resource })}\n`);
  }
  for (const [at, group] of members.entries()) {
    const resource = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      id: `group-${at}`,
      displayName: `Group ${at}`,
      members: group,
    };
    writeSync(file, `${JSON.stringify({ type: 'Group', op: 'put', resource })}\n`);
  }
  closeSync(file);
}

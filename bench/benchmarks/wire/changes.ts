/** Changes of one size, for counting what each costs. Pure. */
import { en, Faker } from '@faker-js/faker';

/** Words repeat themselves as people's data does; noise is what no compression helps. */
export type Filler = 'words' | 'noise';

/** One JSONL line a change; its resource is exactly `resourceBytes` of JSON, ASCII, each a user of its own. */
export function makeChanges(options: {
  readonly count: number;
  readonly resourceBytes: number;
  readonly filler: Filler;
  readonly seed: number;
}): readonly string[] {
  const faker = new Faker({ locale: en, seed: options.seed });
  return Array.from({ length: options.count }, () => {
    const resource = { ...makeUser(faker), title: '' };
    const room = options.resourceBytes - JSON.stringify(resource).length;
    if (room < 0) throw new Error(`a user takes ${-room} bytes more than ${options.resourceBytes}`);
    resource.title = fill(faker, options.filler, room);
    return JSON.stringify({ type: 'User', op: 'put', resource });
  });
}

function makeUser(faker: Faker) {
  const [givenName, familyName] = [faker.helpers.arrayElement(['Ann', 'Bo', 'Kim']), faker.string.alpha(8)];
  const userName = `${givenName}.${familyName}`.toLowerCase();
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: faker.string.uuid(),
    userName,
    name: { givenName, familyName },
    displayName: `${givenName} ${familyName}`,
    active: true,
    emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
  };
}

function fill(faker: Faker, filler: Filler, characters: number): string {
  if (filler === 'noise') return faker.string.alphanumeric(characters);
  let text = '';
  while (text.length < characters) text += `${faker.person.jobTitle()}, `;
  // A value ends with no space, and any one character is as good.
  return `${text.slice(0, characters - 1)}.`;
}

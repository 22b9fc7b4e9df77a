/** Which entries speak of a subject, a token, a record, an event or a time. Pure; one entry at a time. */

export interface EntryQuery {
  /** An id, or a whole key such as `User|2819c223`. */
  readonly subject?: string;
  /** A `jti`, or the SHA-256 of a token in hex. */
  readonly token?: string;
  /** The `ce_id` of a published record, or the revision of one that was framed. */
  readonly record?: string;
  readonly event?: string;
  readonly fromMs?: number;
  /** Exclusive. */
  readonly toMs?: number;
}

export interface FoundEntry {
  readonly at: string;
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Of an entry over many records: those that were asked for, or how many there are. */
  readonly records: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

export class EntrySearch {
  readonly #query: EntryQuery;
  readonly #needles: readonly string[];

  constructor(query: EntryQuery) {
    this.#query = query;
    // What no encoding changes: most entries are told apart by it before they are parsed.
    this.#needles = [query.subject, query.token, query.record, query.event]
      .map((text) => longestPlainRun(text ?? ''))
      .filter((run) => run !== '');
  }

  match(entry: Buffer): FoundEntry | undefined {
    if (!this.#needles.every((needle) => entry.includes(needle))) return undefined;
    const {
      index: _,
      at,
      event,
      records = [],
      ...details
    } = JSON.parse(entry.toString('utf8')) as {
      readonly index: number;
      readonly at: string;
      readonly event: string;
      readonly records?: readonly string[];
    };
    if (!this.#isInTime(at) || (this.#query.event ?? event) !== event) return undefined;
    const list = Array.isArray(records) ? records : [];
    const asked = list.filter((text) => this.#isAskedRecord(text));
    if (asked.length === 0 && !this.#isAskedEntry(details)) return undefined;
    return { at, event, details, records: asked.length === 0 ? list : asked };
  }

  #isInTime(at: string): boolean {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = this.#query;
    const atMs = Date.parse(at);
    return atMs >= fromMs && atMs < toMs;
  }

  /** `<id> <key> …` of an entry over many records. */
  #isAskedRecord(text: string): boolean {
    const { subject, token, record } = this.#query;
    const [id, key = ''] = text.split(' ');
    return (
      (subject === undefined || isKeyOf(key, subject)) &&
      (token === undefined || (/^(Token|Revocation)\|/.test(key) && isKeyOf(key, token))) &&
      (record === undefined || id === record)
    );
  }

  #isAskedEntry({ id, revision, key, jti, sha256, ...rest }: Fields): boolean {
    const { subject, token, record } = this.#query;
    const isOfSubject = () => isKeyOf(String(key ?? ''), subject ?? '') || Object.values(rest).includes(subject);
    return (
      (subject === undefined || isOfSubject()) &&
      (token === undefined || jti === token || sha256 === token) &&
      (record === undefined || id === record || revision === record)
    );
  }
}

/** The key itself, or one of its parts behind the kind, which are percent-encoded. */
function isKeyOf(key: string, wanted: string): boolean {
  return (
    key === wanted ||
    key
      .split('|')
      .slice(1)
      .some((part) => decoded(part) === wanted)
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function longestPlainRun(text: string): string {
  const runs = text.match(/[A-Za-z0-9]+/g) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

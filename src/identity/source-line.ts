/**
 * One line of a source: one JSON object in exactly one form; subject-line.ts and trust-line.ts have the grammars. What
 * does not fit is refused with a code and a path, and the rest of the source goes on.
 */
import { SENDER_LIMITS } from '../limits.ts';
import type { IdentityRules } from './identity-rules.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { readAt } from './line-fields.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import type { SourceItem } from './source-item.ts';
import { parseStrictJson } from './strict-json.ts';
import { parseSubjectLine } from './subject-line.ts';
import { parseKeySetLine, parseRevocationLine, parseStatusLine, parseTokenLine } from './trust-line.ts';

const FORMS = ['type', 'token', 'revoke', 'jwks', 'status'] as const;

/** What the line says, or why it is refused. `nowMs` is when it was read. Never throws. */
export function parseSourceLine(rules: IdentityRules, text: string, nowMs: number): SourceItem | Refusal {
  if (text.length > SENDER_LIMITS.maxLineBytes) {
    return refuse('line-too-long', '', `A line has at most ${SENDER_LIMITS.maxLineBytes} bytes.`);
  }
  const parsed = parseStrictJson(text);
  if (isRefusal(parsed)) return parsed;
  const line = parsed.value;
  if (!isJsonObject(line)) return refuse('line-form', '', 'A line is one JSON object.');
  const at = readAt(line);
  if (isRefusal(at)) return at;
  const item = parseForm(rules, line, at.atMs ?? nowMs);
  // Into the item, which was made just now: a spread of two makes a new map of members each time, 1 µs.
  return isRefusal(item) ? item : Object.assign(item, at);
}

function parseForm(rules: IdentityRules, line: JsonObject, atOrNowMs: number): SourceItem | Refusal {
  const [form, second] = FORMS.filter((name) => Object.hasOwn(line, name));
  if (form === undefined || second !== undefined) {
    return refuse('line-form', '', `A line has exactly one of ${FORMS.join(', ')}.`);
  }
  switch (form) {
    case 'type':
      return parseSubjectLine(rules, line);
    case 'token':
      return parseTokenLine(rules, line);
    case 'revoke':
      return parseRevocationLine(rules, line, atOrNowMs);
    case 'jwks':
      return parseKeySetLine(rules, line);
    case 'status':
      return parseStatusLine(rules, line);
  }
}

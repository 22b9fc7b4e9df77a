/**
 * Lines that say what a subject is:
 *
 *     {"type":T,"op":"put","resource":{…}[,"at":TIME]}
 *     {"type":T,"op":"delete","id":ID[,"at":TIME]}
 *     {"type":"Member","op":"put","group":ID,"member":ID[,"memberType":T][,"at":TIME]}
 *     {"type":"Member","op":"delete","group":ID,"member":ID[,"at":TIME]}
 */
import { SENDER_LIMITS } from '../limits.ts';
import { checkAttribute } from './attribute-check.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkOwner, findGroup, findType, type IdentityRules, type TypeRules } from './identity-rules.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { subjectKey } from './key.ts';
import { checkKeys } from './line-fields.ts';
import { checkRecordBytes } from './record-size.ts';
import { isRefusal, type Refusal, refuse, within } from './refusal.ts';
import { checkId, checkResource } from './resource-check.ts';
import { MEMBERS, normaliseResource } from './resource-normalizer.ts';
import type { MemberReference, SourceItem } from './source-item.ts';

export function parseSubjectLine(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const { op, type } = line;
  if (op !== 'put' && op !== 'delete') return refuse('value-invalid', 'op', 'This must be "put" or "delete".');
  if (typeof type !== 'string') return refuse('value-invalid', 'type', 'This must be the name of a type.');
  if (type === 'Member') return op === 'put' ? parseMemberPut(rules, line) : parseMemberDelete(rules, line);
  const typeRules = findType(rules, type);
  if (isRefusal(typeRules)) return typeRules;
  return op === 'put' ? parsePut(rules, typeRules, line) : parseDelete(typeRules, line);
}

function parsePut(rules: IdentityRules, typeRules: TypeRules, line: JsonObject): SourceItem | Refusal {
  const wrong = checkKeys(line, { required: ['type', 'op', 'resource'], optional: ['at'] });
  if (wrong !== undefined) return wrong;
  const given = line.resource;
  if (!isJsonObject(given)) return refuse('value-invalid', 'resource', 'This must be the full resource, an object.');
  const { resource, members } = normaliseResource(typeRules, given);
  const refusal = checkResource(typeRules, resource);
  if (refusal !== undefined) return within('resource', refusal);
  const id = resource.id as string;
  const text = canonicalJson(resource);
  const tooLarge = checkRecordBytes(subjectKey(typeRules.type, id), text, 'resource');
  if (tooLarge !== undefined) return tooLarge;
  const item = { kind: 'put', type: typeRules.type, id, resource: text } as const;
  if (members === undefined) return item;
  const references = readMembers(rules, members);
  return isRefusal(references) ? within('resource', references) : { ...item, members: references };
}

function parseDelete(typeRules: TypeRules, line: JsonObject): SourceItem | Refusal {
  const refusal = checkKeys(line, { required: ['type', 'op', 'id'], optional: ['at'] }) ?? checkId(line.id);
  if (refusal !== undefined) return refusal;
  const id = line.id as string;
  return checkOwner(typeRules, id) ?? { kind: 'delete', type: typeRules.type, id };
}

function parseMemberPut(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const refusal =
    checkKeys(line, { required: ['type', 'op', 'group', 'member'], optional: ['memberType', 'at'] }) ??
    checkMembership(rules, line);
  if (refusal !== undefined) return refusal;
  const memberType = line.memberType ?? 'User';
  if (typeof memberType !== 'string' || !rules.memberTypes.has(memberType))
    return refuseMemberType('memberType', rules);
  return { kind: 'member-put', group: line.group as string, member: line.member as string, memberType };
}

function parseMemberDelete(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const refusal =
    checkKeys(line, { required: ['type', 'op', 'group', 'member'], optional: ['at'] }) ?? checkMembership(rules, line);
  return refusal ?? { kind: 'member-delete', group: line.group as string, member: line.member as string };
}

/** A membership belongs to whoever owns its group. */
function checkMembership(rules: IdentityRules, line: JsonObject): Refusal | undefined {
  const group = findGroup(rules);
  if (isRefusal(group)) return group;
  const refusal = checkId(line.group) ?? checkOwner(group, line.group as string);
  if (refusal !== undefined) return { ...refusal, path: 'group' };
  const member = checkId(line.member);
  return member === undefined ? undefined : { ...member, path: 'member' };
}

/** Each member once, in the order given. */
function readMembers(rules: IdentityRules, members: JsonValue): readonly MemberReference[] | Refusal {
  const refusal = checkAttribute(MEMBERS, members);
  if (refusal !== undefined) return within('members', refusal);
  const given = members as readonly { readonly value: string; readonly type?: string }[];
  if (given.length > SENDER_LIMITS.maxMembersPerGroup) {
    return refuse('members-too-many', 'members', `A Group has at most ${SENDER_LIMITS.maxMembersPerGroup} members.`);
  }
  const types = new Map<string, string>();
  for (const [index, { value, type: memberType = 'User' }] of given.entries()) {
    const path = `members[${index}]`;
    const wrongId = checkId(value);
    if (wrongId !== undefined) return { ...wrongId, path: `${path}.value` };
    if (!rules.memberTypes.has(memberType)) return refuseMemberType(`${path}.type`, rules);
    if ((types.get(value) ?? memberType) !== memberType) {
      return refuse('member-conflict', path, 'This member stands twice with two types.');
    }
    types.set(value, memberType);
  }
  return [...types].map(([member, memberType]) => ({ member, memberType }));
}

function refuseMemberType(path: string, rules: IdentityRules): Refusal {
  return refuse('type-unknown', path, `This must be one of ${[...rules.memberTypes].join(', ')}.`);
}

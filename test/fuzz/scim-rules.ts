/** Rules that use all of the grammar: an extension, owned ids, a declared type with attributes of any form. */
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { ENTERPRISE_SCHEMA } from '../../src/identity/scim-schema.ts';

export const SCIM_RULES = compileIdentityRules({
  resourceTypes: [
    { type: 'User', extensions: [{ schema: ENTERPRISE_SCHEMA, attributes: ['*'] }] },
    { type: 'Group' },
    { type: 'Role', schema: 'urn:x:Role', attributes: ['any', 'displayName'], idPrefixes: ['r'] },
  ],
  tokenIssuers: ['*'],
});

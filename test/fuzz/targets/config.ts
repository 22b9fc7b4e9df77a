import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-problem.ts';
import { parseReceiverConfig } from '../../../src/config/receiver-schema.ts';
import { parseSenderConfig } from '../../../src/config/sender-schema.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';

const PLACE = { directory: '/etc/diode', file: 'config.yaml' };

export function fuzz(input: Buffer): void {
  const text = input.toString('utf8');
  for (const parse of [parseSenderConfig, parseReceiverConfig]) {
    try {
      // A config that passes compiles.
      compileIdentityRules(parse(text, PLACE).identity);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      assert.ok(error.problems.length > 0);
      for (const { seen, cure } of error.problems) assert.ok(seen !== '' && cure !== '');
    }
  }
}

/**
 * Writes test/vectors/wire/*.json: `npx tsx test/vectors/generate.ts`. Its inputs are fixed, so running it again leaves
 * git clean, and test/vectors/wire-generate.test.ts holds it to that.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { bundleVectors } from './generate/bundle.ts';
import { calibrationVectors } from './generate/calibration.ts';
import { cardVectors } from './generate/card.ts';
import { checkpointVectors } from './generate/checkpoint.ts';
import { controlVectors } from './generate/control.ts';
import { datagramVectors } from './generate/datagram.ts';
import { frameVectors } from './generate/frame.ts';
import { gapTicketVectors } from './generate/gap-ticket.ts';
import { geometryVectors } from './generate/geometry.ts';
import { helloVectors } from './generate/hello.ts';
import { keyVectors } from './generate/keys.ts';
import { recordVectors } from './generate/record.ts';
import { serialVectors } from './generate/serial.ts';
import { snapshotPartVectors } from './generate/snapshot-part.ts';
import { trustVectors } from './generate/trust.ts';

/** The text of each file in test/vectors/wire. */
export function wireVectorFiles(): ReadonlyMap<string, string> {
  const vectors = {
    'keys.json': keyVectors(),
    'datagram.json': datagramVectors(),
    'hello.json': helloVectors(),
    'frame.json': frameVectors(),
    'record.json': recordVectors(),
    'snapshot-part.json': snapshotPartVectors(),
    'checkpoint.json': checkpointVectors(),
    'geometry.json': geometryVectors(),
    'card.json': cardVectors(),
    'gap-ticket.json': gapTicketVectors(),
    'control.json': controlVectors(),
    'serial.json': serialVectors(),
    'bundle.json': bundleVectors(),
    'calibration.json': calibrationVectors(),
    'trust.json': trustVectors(),
  };
  return new Map(Object.entries(vectors).map(([name, value]) => [name, `${JSON.stringify(value, null, 1)}\n`]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of wireVectorFiles()) writeFileSync(new URL(`./wire/${name}`, import.meta.url), text);
}

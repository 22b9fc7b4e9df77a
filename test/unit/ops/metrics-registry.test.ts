import { describe, expect, it } from 'vitest';
import { MetricsRegistry, type Reading } from '../../../src/ops/metrics-registry.ts';

async function samples(registry: MetricsRegistry): Promise<readonly string[]> {
  const { text } = await registry.expose();
  return text.split('\n').filter((line) => line.startsWith('diode_test_'));
}

describe('the metrics registry', () => {
  it('reads totals and gauges anew at each scrape', async () => {
    const registry = new MetricsRegistry('diode_test_');
    let frames = 1;
    let depth: Reading = { kept: 5, unsent: 2 };
    registry.readCounter({ name: 'frames_total', help: 'Frames.' }, () => frames);
    registry.readGauge({ name: 'depth', help: 'Depth.', label: 'part' }, () => depth);
    expect(await samples(registry)).toEqual([
      'diode_test_frames_total 1',
      'diode_test_depth{part="kept"} 5',
      'diode_test_depth{part="unsent"} 2',
    ]);
    frames = 3;
    depth = { kept: 4 };
    expect(await samples(registry)).toEqual(['diode_test_frames_total 3', 'diode_test_depth{part="kept"} 4']);
  });

  it('gives no sample for what is not known, rather than a zero', async () => {
    const registry = new MetricsRegistry('diode_test_');
    let age: number | undefined;
    registry.readGauge({ name: 'age_seconds', help: 'Age.' }, () => age);
    registry.readCounter({ name: 'errors_total', help: 'Errors.', label: 'code' }, () => ({}));
    registry.gauge({ name: 'pushed', help: 'Pushed.' });
    expect(await samples(registry)).toEqual([]);
    age = 0;
    expect(await samples(registry)).toEqual(['diode_test_age_seconds 0']);
  });

  it('counts and observes what is told as it happens', async () => {
    const registry = new MetricsRegistry('diode_test_');
    registry.counter({ name: 'records_total', help: 'Records.', labels: ['kind', 'outcome'] })(
      { kind: 'delta', outcome: 'published' },
      3,
    );
    registry.histogram({ name: 'share', help: 'Share.', label: 'outcome', buckets: [0.5, 1] })(0.7, {
      outcome: 'recovered',
    });
    expect(await samples(registry)).toEqual(
      expect.arrayContaining([
        'diode_test_records_total{kind="delta",outcome="published"} 3',
        'diode_test_share_bucket{le="1",outcome="recovered"} 1',
      ]),
    );
  });

  it("has the process's own metrics under their usual names", async () => {
    const { text, contentType } = await new MetricsRegistry('diode_test_').expose();
    expect(contentType).toContain('version=0.0.4');
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });
});

/** Histogram buckets, in seconds unless said otherwise. */

/** From a fast commit to a Kafka that stalls. */
export const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** From the linger time, past each repeat, to an outage of hours. */
export const AGE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200];

/** Share of a block's repair symbols that its losses used up: 1 is the last that decodes. */
export const REPAIR_SHARE = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.5, 2, 4];

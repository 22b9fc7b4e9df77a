/** For programs that tell of a failure by calling back: `raised` rejects with the first. */
export function failureSignal(): { readonly raised: Promise<never>; readonly raise: (error: unknown) => void } {
  let raise: (error: unknown) => void = () => {};
  const raised = new Promise<never>((_, reject) => {
    raise = reject;
  });
  // It may be raised before anybody waits for it, which is no unhandled rejection.
  raised.catch(() => {});
  return { raised, raise };
}

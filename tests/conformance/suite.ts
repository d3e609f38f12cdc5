/** One case of a vector file: an object with its inputs and, mostly, `expected`. */
export type ConformanceCase = Readonly<Record<string, unknown>>;

/** What a case asked for and what the product's code answered; both plain JSON, bigint allowed. */
export type CaseOutcome = { readonly expected: unknown; readonly got: unknown };

/**
 * Runs one case through the product's code. `file` is the whole parsed vector file, for shapes with shared inputs.
 * Suites convert forms and call functions that nodes use; they hold no protocol logic.
 */
export type ConformanceSuite = (testCase: ConformanceCase, file: unknown) => CaseOutcome | Promise<CaseOutcome>;

/** One step of a history; steps build on each other. */
export type StepOutcome = CaseOutcome & { readonly id: string };

/** Plays a whole history; every step counts as a case. */
export type HistorySuite = (history: ConformanceCase) => AsyncIterable<StepOutcome>;

/** A suite module: `tests/conformance/suites/<suite>.ts` exports `suite`, or `historySuite`. */
export type SuiteModule = { readonly suite: ConformanceSuite } | { readonly historySuite: HistorySuite };

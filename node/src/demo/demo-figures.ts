/** The figures of a demo run; wei are bigint, decimal text in JSON. */
export type DemoFigures = {
  readonly seconds: number;
  /** Account of the orchestrator that was killed halfway, or null. */
  readonly killed: string | null;
  readonly renditions: readonly {
    readonly name: string;
    readonly segments: number;
    readonly seconds: number;
    readonly frames: number;
    /** Places where presentation time does not go on by one frame. */
    readonly gaps: number;
  }[];
  /** From process start to the first complete rendition segment; null = none came. */
  readonly firstSegmentMs: number | null;
  readonly lostSegments: number;
  readonly tickets: {
    readonly sent: number;
    readonly accepted: number;
    readonly won: number;
    readonly redeemed: number;
    /** Chance to win of the redeemed tickets, read from the contract's events. */
    readonly winChance: { readonly least: number; readonly most: number };
  };
  readonly wei: {
    readonly paid: bigint;
    readonly credited: bigint;
    readonly pendingFees: bigint;
    readonly roundingBound: bigint;
    readonly block: bigint;
  };
  readonly rounds: { readonly initialized: number; readonly rewards: number };
  readonly orchestrators: readonly { readonly address: string; readonly segments: number }[];
  readonly processesLeft: number;
};

/** What did not hold, as sentences; empty = the run is good. */
export function demoFailures(figures: DemoFigures): string[] {
  const failures: string[] = [];
  const must = (holds: boolean, sentence: string) => {
    if (!holds) failures.push(sentence);
  };
  const { renditions, tickets, wei, rounds } = figures;
  const shortfall = wei.credited - wei.pendingFees;
  must(renditions.length >= 3, `${renditions.length} tracks were served; source and two renditions were expected`);
  must(figures.firstSegmentMs !== null, "no rendition was served");
  must(figures.lostSegments === 0, `${figures.lostSegments} segments were lost`);
  for (const rendition of renditions)
    must(rendition.gaps === 0, `${rendition.name} has ${rendition.gaps} gaps in its presentation times`);
  must(tickets.redeemed >= 1, "no ticket was redeemed on chain");
  must(
    tickets.redeemed === 0 || (tickets.winChance.least >= 0.05 && tickets.winChance.most <= 0.5),
    `tickets win with a chance between ${tickets.winChance.least} and ${tickets.winChance.most}; 0.05 to 0.5 is allowed`,
  );
  must(tickets.won >= tickets.redeemed, `${tickets.redeemed} tickets were redeemed but only ${tickets.won} won`);
  must(
    tickets.accepted >= tickets.won && tickets.sent >= tickets.accepted,
    `tickets do not add up: ${JSON.stringify(tickets)}`,
  );
  must(wei.paid === wei.credited, `the gateway paid ${wei.paid} wei but ${wei.credited} were credited`);
  must(
    shortfall >= 0n && shortfall <= wei.roundingBound,
    `pending fees differ from credits by ${shortfall} wei; rounding allows ${wei.roundingBound}`,
  );
  must(rounds.initialized >= 1, "no round was initialized");
  must(rounds.rewards >= 1, "no reward was called");
  must(
    figures.orchestrators.some((orchestrator) => orchestrator.segments > 0),
    "no orchestrator delivered a segment",
  );
  must(figures.processesLeft === 0, `${figures.processesLeft} processes are still running`);
  return failures;
}

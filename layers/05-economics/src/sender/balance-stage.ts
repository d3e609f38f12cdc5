import {
  addRational,
  ceilRational,
  compareRational,
  divRational,
  mulRational,
  type Rational,
  rational,
  subRational,
  zeroRational,
} from "@livepeer-ts/kernel";

/** What a request takes out of the sender's balance and adds in tickets. */
export type StagedCredit = {
  readonly ticketCount: number;
  /** Value of the new tickets, wei. */
  readonly newCredit: Rational;
  /** What was there before and is now reserved for the request, wei; can be negative. */
  readonly existingCredit: Rational;
};

/** Tickets needed so that credit of `existing` reaches `minCredit`; tickets without value are never sent. */
export function stageCredit(existing: Rational, minCredit: Rational, ticketEv: Rational): StagedCredit {
  const none: StagedCredit = { ticketCount: 0, newCredit: zeroRational, existingCredit: existing };
  if (ticketEv.num <= 0n || compareRational(existing, minCredit) >= 0) return none;
  const count = ceilRational(divRational(subRational(minCredit, existing), ticketEv));
  return { ticketCount: Number(count), newCredit: mulRational(ticketEv, rational(count)), existingCredit: existing };
}

/** The sender's running balance with one recipient; negative after work that cost more than was paid. */
export class SenderBalance {
  #amount: Rational;

  constructor(amount: Rational = zeroRational) {
    this.#amount = amount;
  }

  get amount(): Rational {
    return this.#amount;
  }

  /** Reserves the whole balance for a request and says how many tickets go with it. */
  stage(minCredit: Rational, ticketEv: Rational): StagedCredit {
    const staged = stageCredit(this.#amount, minCredit, ticketEv);
    this.#amount = zeroRational;
    return staged;
  }

  credit(amount: Rational): void {
    this.#amount = addRational(this.#amount, amount);
  }

  debit(amount: Rational): void {
    this.#amount = subRational(this.#amount, amount);
  }
}

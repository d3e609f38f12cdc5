import { type LpError, type Rational, rational } from "@livepeer-ts/kernel";
import type { OutgoingPayment, PaymentSender, PaymentSession } from "../ports/payment-sender.ts";
import type { OrchestratorInfo } from "../wire/net_pb.gen.ts";

/** Pays nothing and remembers what became of each payment. */
export class RecordingPayments implements PaymentSender {
  /** In order: `pay <pixels>`, `settle <pixels>`, `spent`, `not sent`, `update`. */
  readonly log: string[] = [];
  /** Price per pixel of every offer; undefined = none. */
  price: Rational | undefined = rational(1n);
  /** Thrown by the next `check` and `pay`. */
  refusal: LpError | undefined;
  header = "";

  checkOffer(): void {}

  session(offer: OrchestratorInfo): PaymentSession {
    const price =
      offer.priceInfo === undefined ? undefined : rational(offer.priceInfo.pricePerUnit, offer.priceInfo.pixelsPerUnit);
    const check = () => {
      if (this.refusal !== undefined) throw this.refusal;
    };
    return {
      update: () => {
        this.refusal = undefined;
        this.log.push("update");
      },
      check,
      price: () => price ?? this.price,
      pay: async (units): Promise<OutgoingPayment> => {
        check();
        this.log.push(`pay ${units.num}`);
        return {
          header: this.header,
          tickets: [],
          expectedValue: rational(0n),
          notSent: () => this.log.push("not sent"),
          spent: () => this.log.push("spent"),
          settle: (pixelCount) => this.log.push(`settle ${pixelCount}`),
        };
      },
    };
  }
}

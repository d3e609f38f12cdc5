import { memoryReceiptStore } from "./memory-receipt-store.ts";
import { memoryTicketStore } from "./memory-ticket-store.ts";
import { describeReceiptStoreCompliance } from "./receipt-store-compliance.ts";
import { describeTicketStoreCompliance } from "./ticket-store-compliance.ts";

describeTicketStoreCompliance("the store in memory", async () => ({ store: memoryTicketStore() }));
describeReceiptStoreCompliance("the store in memory", async () => ({ store: memoryReceiptStore() }));

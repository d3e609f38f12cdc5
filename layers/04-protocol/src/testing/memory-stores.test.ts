import { memoryHeaderStore, memoryIntentStore } from "./memory-stores.ts";
import { describeHeaderStoreCompliance, describeIntentStoreCompliance } from "./store-compliance.ts";

describeIntentStoreCompliance("the store in memory", async () => ({ store: memoryIntentStore() }));
describeHeaderStoreCompliance("the store in memory", async () => ({ store: memoryHeaderStore() }));

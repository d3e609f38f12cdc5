import type { DoctorCheck } from "../doctor-check.ts";
import { account } from "./account.ts";
import { chainCheck } from "./chain.ts";
import { contracts } from "./contracts.ts";
import { dataFolder } from "./data-folder.ts";
import { diskSpace } from "./disk-space.ts";
import { gatewayFunds } from "./gateway-funds.ts";
import { keystore } from "./keystore.ts";
import { limits } from "./limits.ts";
import { nodeAndFfmpeg } from "./node-and-ffmpeg.ts";
import { objectStores } from "./object-stores.ts";
import { orchestrators } from "./orchestrators.ts";
import { listeningPorts } from "./ports.ts";
import { runners } from "./runners.ts";
import { runningNode } from "./running-node.ts";
import { serviceAddress } from "./service-address.ts";
import { services } from "./services.ts";
import { timeSync } from "./time-sync.ts";

/** Everything the doctor looks at, in the order it tells. */
export const doctorChecks: readonly DoctorCheck[] = [
  nodeAndFfmpeg,
  limits,
  timeSync,
  diskSpace,
  dataFolder,
  listeningPorts,
  runningNode,
  keystore,
  chainCheck,
  contracts,
  account,
  gatewayFunds,
  serviceAddress,
  orchestrators,
  services,
  runners,
  objectStores,
];

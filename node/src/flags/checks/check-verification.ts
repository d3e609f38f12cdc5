import { parseObjectStoreUrl } from "@livepeer-ts/data";
import type { FlagValues } from "../go-flags.ts";
import type { GatewayConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** `-verifyPictures`, `-verifierUrl`, `-verifierPath`, and where failed pairs are kept. */
export function checkVerification(flags: FlagValues, problems: Problems): GatewayConfig["verification"] {
  const pictureShare = problems.number("verifyPictures", 0);
  if (pictureShare > 1)
    problems.add(
      `-verifyPictures ${pictureShare} does not do: it is a share, write 0.05 for five of a hundred results`,
    );
  return { pictureShare, classifier: classifierOf(flags, problems), evidence: evidenceOf(flags, problems) };
}

function classifierOf(flags: FlagValues, problems: Problems) {
  const url = problems.httpUrl("verifierUrl");
  const path = flags.get("verifierPath");
  if (url === undefined) {
    if (path !== "" && flags.get("verifierUrl") === "")
      problems.warn("-verifierPath does nothing without -verifierUrl");
    return undefined;
  }
  if (path === "" && !/^(s3|s3\+https?|gs):/.test(flags.get("objectStore")))
    problems.add(
      "-verifierUrl needs -verifierPath, a folder that the verifier sees too, or an -objectStore that it reaches",
    );
  return { url, path: path === "" ? undefined : path };
}

/** URL of the store for failed pairs. */
function evidenceOf(flags: FlagValues, problems: Problems): string | undefined {
  const [own, bucket, key] = [flags.get("verifyEvidence"), flags.get("FVfailGsbucket"), flags.get("FVfailGskey")];
  if (own !== "") {
    if (bucket !== "") problems.warn("-FVfailGsbucket does nothing beside -verifyEvidence, which names a store too");
    problems.read("verifyEvidence", () => parseObjectStoreUrl(own));
    return own;
  }
  if (bucket === "" && key === "") return undefined;
  if (bucket === "" || key === "") {
    problems.warn(
      "-FVfailGsbucket and -FVfailGskey do nothing without each other: nothing that fails verification is kept",
    );
    return undefined;
  }
  const url = `gs://${encodeURIComponent(key)}@${bucket}`;
  return problems.read("FVfailGskey", () => parseObjectStoreUrl(url)) === undefined ? undefined : url;
}

import { bool, duration, type FlagGroup, float, int, onlyFor, text } from "../flag-spec.ts";

export const selectionFlags: FlagGroup = {
  title: "Which orchestrators a gateway uses",
  flags: [
    text("orchAddr", "", "orchestrators to use, comma separated; port 8935 and https:// are added where missing"),
    ...onlyFor("gateway", [
      text("orchWebhookUrl", "", "service that lists the orchestrators to use; wins over -orchAddr and the chain", {
        url: true,
        roles: ["remoteSigner"],
      }),
      int("extraNodes", 0, "advertised nodes of each orchestrator that are asked too"),
      text(
        "orchBlocklist",
        "",
        "accounts of orchestrators that are never used, comma separated, wherever they were found",
      ),
      text("orchMinLivepeerVersion", "", "lowest version an orchestrator must announce"),
      float("selectRandFreq", 0.3, "weight of chance; the three weights sum to 1"),
      float("selectStakeWeight", 0.7, "weight of stake"),
      float("selectPriceWeight", 0, "weight of price"),
      float("selectPriceExpFactor", 100, "how weakly a higher price lowers the chance"),
      text("orchPerfStatsUrl", "", "service that scores orchestrators", { url: true }),
      text("region", "", "region whose scores count"),
      float("minPerfScore", 0, "lowest score an orchestrator must have"),
      text("maxPricePerUnit", "0", "highest price per pixel that is paid: wei, or a number with a currency; 0: any", {
        roles: ["remoteSigner"],
      }),
      text("maxPricePerCapability", "", "highest price per capability and model, or app of live runners, JSON", {
        orFile: true,
        roles: ["remoteSigner"],
      }),
      bool("ignoreMaxPriceIfNeeded", false, "use dearer orchestrators when nobody is cheap enough"),
      duration("discoveryTimeout", "500ms", "first wait for answers of orchestrators; doubled while nobody answers"),
    ]),
  ],
};

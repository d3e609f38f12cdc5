import { bool, type FlagGroup, text } from "../flag-spec.ts";

export const programFlags: FlagGroup = {
  title: "Program",
  flags: [
    text("config", "", "file with one flag per line: name value"),
    bool("version", false, "print the version and exit"),
    bool("j", false, "print the flags as JSON and exit"),
    bool("help", false, "print all flags and exit"),
  ],
};

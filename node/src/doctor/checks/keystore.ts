import { stat } from "node:fs/promises";
import { errorText } from "@livepeer-ts/kernel";
import { KeystoreDir } from "@livepeer-ts/protocol/adapters";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

/** Flags that may name a file with a secret in it. */
const secretFiles = [
  "ethPassword",
  "orchSecret",
  "cliToken",
  "cliReadToken",
  "redeemerSecret",
  "eventsToken",
  "remoteSignerHeaders",
];

export const keystore: DoctorCheck = {
  name: "keys",
  looksAt: "whether the key opens, and whether others on this machine can read it, its password or other secrets",
  concerns: () => true,
  async run(subject) {
    return [...(subject.chain === undefined ? [] : await lookAtKeys(subject)), ...(await lookAtSecrets(subject))];
  },
};

async function lookAtKeys(subject: DoctorSubject): Promise<Finding[]> {
  const path = subject.keystorePath;
  const findings: Finding[] = [];
  try {
    if ((await subject.signer()) === undefined)
      findings.push(
        warning(
          "keystore_empty",
          `There is no account in ${path}.`,
          "The node makes a new one when it starts; that one owns nothing.",
          "If you have an account, copy its keystore file there, or give -ethKeystorePath. Otherwise start the node, then fund its account.",
        ),
      );
  } catch (cause) {
    findings.push(
      error(
        "keystore_locked",
        `The key does not open: ${errorText(cause)}`,
        "The node does not start.",
        "Check -ethPassword (a value, or the path of a file with nothing but the password), -ethAcctAddr and -ethKeystorePath.",
      ),
    );
  }
  for (const file of [path, ...(await keyFiles(path))]) {
    const facts = await stat(file).catch(() => undefined);
    if (facts === undefined || (facts.mode & 0o077) === 0 || (facts.isDirectory() && (facts.mode & 0o022) === 0))
      continue;
    findings.push(
      warning(
        "keystore_readable",
        `Others on this machine can ${facts.isDirectory() ? "write into" : "read"} ${file}.`,
        "Whoever has the file and the password has the account.",
        `chmod go-rwx ${file}`,
      ),
    );
  }
  return findings;
}

async function keyFiles(path: string): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  return isFolder ? (await new KeystoreDir(path).list()).map((entry) => entry.path) : [];
}

async function lookAtSecrets(subject: DoctorSubject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const flag of secretFiles) {
    const path = subject.written(flag);
    const facts = path === undefined || path === "" ? undefined : await stat(path).catch(() => undefined);
    if (facts?.isFile() !== true || (facts.mode & 0o004) === 0) continue;
    findings.push(
      error(
        "secret_readable",
        `Everybody on this machine can read ${path}, the file of -${flag}.`,
        "It holds a secret.",
        `chmod 600 ${path}, and let it belong to the user of the service.`,
      ),
    );
  }
  return findings;
}

import { webcrypto } from "node:crypto";

const lifetimeMs = 8765 * 3600 * 1000;

/**
 * A fresh self-signed certificate, ECDSA P-256, as peers of the protocol expect it: empty subject, one DNS name, valid 8765 h.
 * Peers do not verify it; identity comes from Ethereum signatures.
 */
export async function createSelfSignedCertificate(hostName: string): Promise<{ key: string; cert: string }> {
  // gateways and remote transcoders need none of it
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const crypto = webcrypto as unknown as Crypto;
  x509.cryptoProvider.set(crypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = new Date();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex"),
    name: "",
    notBefore,
    notAfter: new Date(notBefore.getTime() + lifetimeMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: hostName }]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const body = (pkcs8.match(/.{1,64}/g) ?? []).join("\n");
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString("pem"),
  };
}

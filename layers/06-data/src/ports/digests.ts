/** The digests and signatures that object stores ask for. Deterministic. */
export interface Digests {
  /** 32 bytes. */
  sha256(message: Uint8Array): Uint8Array;
  /** 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** RSASSA-PKCS1-v1_5 over SHA-256. Throws `service_account_key_bad` when the PEM text is no private RSA key. */
  signRsaSha256(privateKeyPem: string, message: Uint8Array): Uint8Array;
}

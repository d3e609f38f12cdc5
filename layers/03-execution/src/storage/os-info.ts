import { create } from "@bufbuild/protobuf";
import type { PostCredentials } from "@livepeer-ts/kernel";
import { type OSInfo, OSInfo_StorageType, OSInfoSchema } from "../wire/net_pb.gen.ts";

/** Credentials for a store as the wire carries them. */
export function osInfoOf(credentials: PostCredentials): OSInfo {
  const { storageType, ...s3info } = credentials;
  return create(OSInfoSchema, {
    storageType: storageType === "s3" ? OSInfo_StorageType.S3 : OSInfo_StorageType.GOOGLE,
    s3info,
  });
}

/** What a peer says about its store; undefined when it names none that is posted to. Google's fields are S3's. */
export function credentialsOf(storage: readonly OSInfo[] | undefined): PostCredentials | undefined {
  const info = storage?.[0];
  const isGoogle = info?.storageType === OSInfo_StorageType.GOOGLE;
  if (info?.s3info === undefined || (!isGoogle && info.storageType !== OSInfo_StorageType.S3)) return undefined;
  const { host, key, policy, signature, credential, xAmzDate } = info.s3info;
  // go-livepeer ends the prefix with a slash for some stores
  const prefix = key.replace(/\/+$/, "");
  return {
    storageType: isGoogle ? "google" : "s3",
    ...{ host, key: prefix, policy, signature, credential, xAmzDate },
  };
}

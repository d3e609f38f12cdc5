import type { PlatformDatabase } from "@livepeer-ts/data/platform-db";
import type { Clock, Random } from "@livepeer-ts/kernel";
import { ApiError } from "../errors.ts";
import { parseCredentials } from "../http/credentials.ts";
import { uuid } from "../streams/stream-ids.ts";

/** Who makes a request. */
export type Caller = { readonly accountId: string; readonly tokenName: string; readonly tokenId: string };

export type AccountsDeps = {
  readonly database: PlatformDatabase;
  readonly clock: Clock;
  readonly random: Random;
};

/** Accounts and their API keys. */
export interface Accounts {
  /** Makes the first account and its key when there is no account. Resolves with the account's oldest key. */
  bootstrap(first: { readonly email: string; readonly apiKey?: string | undefined }): Promise<string>;
  /** The caller of a request; undefined without credentials. Throws `ApiError` for bad ones. */
  authenticate(authorization: string | undefined): Promise<Caller | undefined>;
}

const keyPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** `lastSeen` of a key is written at most this often, ms. */
const lastSeenEveryMs = 60_000;

export function createAccounts(deps: AccountsDeps): Accounts {
  const { database, clock, random } = deps;
  const { db } = database;
  return {
    bootstrap(first) {
      return db.transaction().execute(async (tx) => {
        const known = await tx.selectFrom("account").select("id").orderBy("created_at").executeTakeFirst();
        const accountId = known?.id ?? uuid(random);
        const createdAt = clock.now();
        if (known === undefined) {
          await tx.insertInto("account").values({ id: accountId, email: first.email, created_at: createdAt }).execute();
        }
        const wanted = first.apiKey;
        const key = await tx
          .selectFrom("api_token")
          .select("id")
          .where("account_id", "=", accountId)
          .$if(wanted !== undefined, (query) => query.where("id", "=", wanted as string))
          .orderBy("created_at")
          .executeTakeFirst();
        if (key !== undefined) return key.id;
        const id = wanted ?? uuid(random);
        await tx
          .insertInto("api_token")
          .values({ id, account_id: accountId, name: "first key", created_at: createdAt })
          .execute();
        return id;
      });
    },
    async authenticate(authorization) {
      const credentials = parseCredentials(authorization);
      if (credentials === undefined) return undefined;
      if (credentials.scheme === "other") {
        throw new ApiError(401, `unsupported authorization header scheme: ${credentials.name.slice(0, 40)}`);
      }
      const { token } = credentials;
      const row = keyPattern.test(token)
        ? await db
            .selectFrom("api_token")
            .innerJoin("account", "account.id", "api_token.account_id")
            .select([
              "api_token.id",
              "api_token.name",
              "api_token.last_seen",
              "api_token.account_id",
              "account.suspended",
            ])
            .where("api_token.id", "=", token)
            .executeTakeFirst()
        : undefined;
      if (row === undefined || (credentials.scheme === "basic" && credentials.user !== row.account_id)) {
        throw new ApiError(401, `no token ${token.slice(0, 60)} found`);
      }
      if (row.suspended) throw new ApiError(403, "user is suspended");
      const now = clock.now();
      if (now - Number(row.last_seen) > lastSeenEveryMs) {
        await db.updateTable("api_token").set({ last_seen: now }).where("id", "=", row.id).execute();
      }
      return { accountId: row.account_id, tokenName: row.name, tokenId: row.id };
    },
  };
}

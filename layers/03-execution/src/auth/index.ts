export * from "./auth-token.ts";

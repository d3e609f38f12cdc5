export * from "./directory-static-files.ts";

export * from "./app-input.ts";
export * from "./app-refusal.ts";
export * from "./define-app.ts";
export * from "./register-app.ts";
export * from "./run-app.ts";
export * from "./serve-app.ts";

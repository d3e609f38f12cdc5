import type { AnyApp } from "./define-app.ts";
import { type AppRegistration, registerApp } from "./register-app.ts";
import { serveApp } from "./serve-app.ts";

/**
 * Serves the app at `HOST` and `PORT` of the environment (127.0.0.1:8000) until SIGINT or SIGTERM; calls need the bearer token
 * `AUTH_TOKEN` where it is set. With `ORCH_URL` and `ORCH_SECRET` it is registered there, at `APP_URL` where that is not its own address.
 */
export async function runApp(app: AnyApp): Promise<void> {
  const { HOST, PORT = "8000", AUTH_TOKEN, ORCH_URL, ORCH_SECRET, APP_URL } = process.env;
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT "${PORT}" is no port`);
  const served = await serveApp(app, {
    port,
    ...(HOST === undefined ? {} : { host: HOST }),
    ...(AUTH_TOKEN === undefined || AUTH_TOKEN === "" ? {} : { token: AUTH_TOKEN }),
  });
  const say = (line: string) => console.log(line);
  say(`${app.name} at ${served.url}`);
  let registration: AppRegistration | undefined;
  if (ORCH_URL && ORCH_SECRET) {
    const place = { orchestratorUrl: ORCH_URL, secret: ORCH_SECRET, appUrl: APP_URL ?? served.url };
    registration = registerApp(app, { ...place, say });
    registration.registered.catch((error: Error) => say(error.message));
  }
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await registration?.stop();
  await served.stop();
}

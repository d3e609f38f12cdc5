import type { AdminRoute } from "../admin/admin-route.ts";
import { adminRoutes } from "../admin/admin-routes.ts";
import { type FlagSpec, text } from "../flags/flag-spec.ts";

/** One command below `livepeer cli`: a route of the admin port. */
export type CliAction = { readonly name: string; readonly route: AdminRoute; readonly flags: readonly FlagSpec[] };

/** `/setMaxSessions` as `set-max-sessions`. */
export function actionName(path: string): string {
  return path
    .slice(1)
    .replace(/([a-z\d])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

/** Every route as a command; parameters are flags of the same name. */
export const cliActions: readonly CliAction[] = adminRoutes
  .filter((route) => route.hasOtherBody !== true)
  .map((route) => ({
    name: actionName(route.path),
    route,
    flags: [...route.params, ...(route.headers ?? [])].map(({ name, help, isRequired }) =>
      text(name, "", isRequired ? `${help} (required)` : help),
    ),
  }));

/** The command by its name, or by the name of its path. */
export function findAction(name: string): CliAction | undefined {
  return cliActions.find((action) => action.name === name || action.route.path === `/${name}`);
}

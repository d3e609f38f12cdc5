import { NotFound } from "@livepeer-ts/ui";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  RouterProvider,
} from "@tanstack/react-router";
import { ConsoleShell } from "./console-shell.tsx";

/** What the console opens with. */
const firstPipeline = "text-to-image";

const rootRoute = createRootRoute({ component: ConsoleShell, notFoundComponent: NotFound });
const toPlayground = () => <Navigate to="/playground/$pipeline" params={{ pipeline: firstPipeline }} replace />;

const indexRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", component: toPlayground });
const playgroundRoute = createRoute({ getParentRoute: () => rootRoute, path: "/playground", component: toPlayground });

/** `/console/playground/:pipeline`: one pipeline's form, and what came of it. `?model=` names the model that it begins with. */
const pipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/playground/$pipeline",
  validateSearch: ({ model }: Record<string, unknown>): { model?: string } =>
    typeof model === "string" ? { model } : {},
  component: lazyRouteComponent(() => import("../playground/playground-page.tsx"), "PlaygroundPage"),
});

/** `/console/capabilities`: who can do what, at what price. `?sort=` names a column, with a minus downwards. */
const capabilitiesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/capabilities",
  validateSearch: ({ sort }: Record<string, unknown>): { sort?: string } => (typeof sort === "string" ? { sort } : {}),
  component: lazyRouteComponent(() => import("../capabilities/capabilities-page.tsx"), "CapabilitiesPage"),
});

const router = createRouter({
  routeTree: rootRoute.addChildren([indexRoute, playgroundRoute, pipelineRoute, capabilitiesRoute]),
  basepath: "/console",
});

/** The console. */
export function App() {
  return <RouterProvider router={router} />;
}

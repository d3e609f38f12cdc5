import { NotFound } from "@livepeer-ts/ui";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const networkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../network/network-page.tsx"), "NetworkPage"),
});

/** `/watch/:playbackId`: the picture with its title. */
export const watchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/watch/$playbackId",
  component: lazyRouteComponent(() => import("../watch/watch-page.tsx"), "WatchPage"),
});

/** `/embed/:playbackId`: the picture alone. */
export const embedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/embed/$playbackId",
  component: lazyRouteComponent(() => import("../watch/watch-page.tsx"), "EmbedPage"),
});

const router = createRouter({ routeTree: rootRoute.addChildren([networkRoute, watchRoute, embedRoute]) });

/** The whole web app. */
export function App() {
  return <RouterProvider router={router} />;
}

/** Where facts about this machine are read. */
export type MachinePlaces = {
  /** Processes, limits, sockets; `/proc` on Linux. */
  readonly procFolder: string;
  /** Limits of the container or service; `/sys/fs/cgroup` on Linux. */
  readonly cgroupFolder: string;
  /** Node's version, as in `24.1.0`. */
  readonly nodeVersion: string;
};

export const thisMachine: MachinePlaces = {
  procFolder: "/proc",
  cgroupFolder: "/sys/fs/cgroup",
  nodeVersion: process.versions.node,
};

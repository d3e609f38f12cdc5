/** Fails the run below Node 24, which runs the sources as they are. */
export function setup(): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 24) {
    throw new Error(`Node ${process.versions.node} is too old for the tests: run "npm test", which brings Node 24`);
  }
}

// `npm run defects:contracts`: puts each deliberate defect into a copy of the contracts and demands that its test turns red.
import { checkDefects } from "./check-defects.ts";
import { defects } from "./defects.ts";

const complaints = await checkDefects(defects, (defect, found) => {
  console.log(`${found.length === 0 ? "noticed" : "WRONG  "}  ${defect.name}  (${defect.mustFail})`);
});
for (const complaint of complaints) console.error(complaint);
console.log(`${defects.length} defects, ${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;

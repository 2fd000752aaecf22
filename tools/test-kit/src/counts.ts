/** Whether the fault tests run with their full counts (`npm run test:faults`) or with a tenth of them (`npm test`). */
export const fullCounts: boolean = process.env["CORDWOOD_FULL"] === "1";

/** The full count under `npm run test:faults`, a tenth of it (at least 1) otherwise. */
export const scaled = (count: number): number => (fullCounts ? count : Math.max(1, Math.round(count / 10)));

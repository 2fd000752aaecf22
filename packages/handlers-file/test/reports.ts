import { type ErrorReport, resetLogging, setErrorReporter } from "@cordwood/core";
import { afterEach, beforeEach } from "vitest";

/** What is reported during the running test. Logging is as new before and after each. */
export const collectReports = (): ErrorReport[] => {
  const reports: ErrorReport[] = [];
  beforeEach(() => {
    resetLogging();
    reports.length = 0;
    setErrorReporter((report) => reports.push(report));
  });
  afterEach(() => resetLogging());
  return reports;
};

/** A row's values as filter terms. */
import { FILTER_KEYS, type FilterKey, type Term } from "../../core/filter";
import type { AttemptRow } from "../../core/protocol";
import { statusOf } from "../../core/status";
import { rowAt } from "../../list";

export function termsOfRow(number: number): Term[] {
  const row = rowAt(number);
  if (!row) return [];
  return FILTER_KEYS.flatMap((key) => termOf(row, key, false) ?? []);
}

/** Null where the row has nothing to filter by: no code came, or it is the first attempt. */
export function termOf(row: AttemptRow, key: FilterKey, negated: boolean): Term | null {
  const value = valueOf(row, key);
  return value === null ? null : { key, value, negated };
}

function valueOf(row: AttemptRow, key: FilterKey): string | null {
  switch (key) {
    case "status": return statusOf(row);
    case "event": return row.event;
    case "code": return row.httpStatus === null ? null : String(row.httpStatus);
    case "endpoint": return row.subscriptionId;
    case "outcome": return row.outcome;
    case "attempt": return row.attempt > 1 ? String(row.attempt) : null;
  }
}
